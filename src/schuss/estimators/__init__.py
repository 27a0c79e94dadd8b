"""scikit-learn estimators: one network, or a population searched and blended inside ``fit``.

Arrays, sparse matrices and frames come in and become a data set and a plan. Fitted estimators come out: they predict,
pass scikit-learn's checks, and go into its searches and pipelines.
"""

from schuss.estimators.load import load as load
from schuss.estimators.mlp import MLPClassifier as MLPClassifier
from schuss.estimators.mlp import MLPRegressor as MLPRegressor
from schuss.estimators.population import PopulationClassifier as PopulationClassifier
from schuss.estimators.population import PopulationRegressor as PopulationRegressor
