"""scikit-learn estimators: one network, or a population searched and blended inside ``fit``."""

from schuss.estimators.load import load as load
from schuss.estimators.mlp import MLPClassifier as MLPClassifier
from schuss.estimators.mlp import MLPRegressor as MLPRegressor
from schuss.estimators.population import PopulationClassifier as PopulationClassifier
from schuss.estimators.population import PopulationRegressor as PopulationRegressor
