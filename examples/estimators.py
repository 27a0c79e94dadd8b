"""schuss in scikit-learn: a frame as it is, a pipeline, a grid over the optimizer's learning rate."""

import pandas as pd
from sklearn.datasets import load_diabetes, load_wine
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures

from schuss.estimators import MLPClassifier, MLPRegressor, PopulationClassifier
from schuss.optimizers import Adam


def a_frame() -> float:
    """Text, missing cells and numbers go in as they are: the population encodes, searches, blends and calibrates."""
    wine = load_wine(as_frame=True)
    X = wine.data.assign(colour=pd.cut(wine.data.color_intensity, 3, labels=["light", "ruby", "dark"]).astype(str))
    X.loc[::7, "alcohol"] = None
    X_train, X_test, y_train, y_test = train_test_split(X, wine.target, random_state=0, stratify=wine.target)
    population = PopulationClassifier(members=8, random_state=0).fit(X_train, y_train)
    best = population.leaderboard_[0]
    print(f"best member: {best['optimizer']} at {best['learning_rate']:.3g}, validation {best['score']:.3f}")
    return float(population.score(X_test, y_test))


def a_grid() -> float:
    """Nested parameters reach into the optimizer."""
    X, y = load_wine(return_X_y=True)
    grid = GridSearchCV(
        MLPClassifier((32,), optimizer=Adam(), epochs=40, random_state=0),
        {"optimizer__learning_rate": [0.0001, 0.01]},
        cv=3,
    ).fit(X, y)
    print(f"best of the grid: {grid.best_params_}, accuracy {grid.best_score_:.3f}")
    return float(grid.best_params_["optimizer__learning_rate"])


def a_pipeline() -> float:
    """One network at the end of a pipeline, by cross-validation."""
    X, y = load_diabetes(return_X_y=True)
    pipeline = make_pipeline(PolynomialFeatures(2, include_bias=False), MLPRegressor((16,), l2=10.0, random_state=0))
    scores = cross_val_score(pipeline, X, y, cv=3)
    print(f"R² by cross-validation: {scores.mean():.3f} ± {scores.std():.3f}")
    return float(scores.mean())


if __name__ == "__main__":
    print(f"accuracy on the test rows {a_frame():.3f}")
    a_grid()
    a_pipeline()
