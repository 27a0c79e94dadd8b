"""Every check that scikit-learn has for estimators, on all four.

Parameters are the default ones, but for the number of a population's members: eight have one program, 32 have two, and
the checks ask nothing of the choice among them. No failure is expected, and nothing is skipped that scikit-learn's own
MLP does not skip.
"""

import warnings
from functools import partial
from unittest import SkipTest

import pytest
from sklearn import neural_network
from sklearn.utils.estimator_checks import check_dataframe_column_names_consistency, estimator_checks_generator

from schuss.estimators import MLPClassifier, MLPRegressor, PopulationClassifier, PopulationRegressor
from schuss.estimators.population import Population

COUNTERPARTS = {
    MLPClassifier: neural_network.MLPClassifier,
    PopulationClassifier: neural_network.MLPClassifier,
    MLPRegressor: neural_network.MLPRegressor,
    PopulationRegressor: neural_network.MLPRegressor,
}


def name(check):
    """The check's name and arguments."""
    given = ",".join(f"{key}={value}" for key, value in check.keywords.items())
    return f"{check.func.__name__}[{given}]" if given else check.func.__name__


def checks(kind):
    """Name → check of an estimator of this kind."""
    one = kind(members=8) if issubclass(kind, Population) else kind()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {name(check): partial(check, estimator) for estimator, check in estimator_checks_generator(one)}


ALL = {kind: checks(kind) for kind in COUNTERPARTS}


@pytest.mark.parametrize(
    ("kind", "check"),
    [pytest.param(kind, check, id=f"{kind.__name__}-{check}") for kind in ALL for check in ALL[kind]],
)
@pytest.mark.filterwarnings("ignore")  # scikit-learn's checks give cause for warnings, and catch those they ask for
def test_check(kind, check):
    try:
        ALL[kind][check]()
    except SkipTest:
        with pytest.raises(SkipTest):
            checks(COUNTERPARTS[kind])[check]()


@pytest.mark.parametrize("kind", COUNTERPARTS, ids=lambda kind: kind.__name__)
def test_all_checks_of_scikit_learns_own_network_are_made(kind):
    network = set(checks(COUNTERPARTS[kind]))
    assert len(network) > 50
    assert network <= set(ALL[kind])


@pytest.mark.parametrize("kind", COUNTERPARTS, ids=lambda kind: kind.__name__)
def test_names_of_columns_are_checked_as_scikit_learn_does(kind):
    check_dataframe_column_names_consistency(kind.__name__, kind(epochs=2))
