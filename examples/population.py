"""A population in Python: every optimizer from the same weights over the same mini-batches (B9), on the digits."""

from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from schuss import Member, Table, rank, train
from schuss.optimizers import SGD, AdaGrad, Adam, AdamW, Momentum, RMSProp


def main(epochs: int = 30) -> list[str]:
    """Train one member with each optimizer and return their names, best first."""
    X, y = load_digits(return_X_y=True)
    X, X_validation, y, y_validation = train_test_split(X / 16, y, random_state=0, stratify=y)
    optimizers = [SGD(0.1), Momentum(0.1), AdaGrad(0.01), RMSProp(0.001), Adam(0.001), AdamW(0.001)]
    members = [Member((64, 64), optimizer=optimizer, batch_size=64) for optimizer in optimizers]
    trials = train(members, Table(X, y), Table(X_validation, y_validation), epochs=epochs)
    best_first = [trials[place] for place in rank(trials)]
    for trial in best_first:
        score, cost, epoch = trial.best
        print(f"{type(trial.member.optimizer).__name__:8} accuracy {score:.3f}  cost {cost:.3f}  in epoch {epoch + 1}")
    return [type(trial.member.optimizer).__name__ for trial in best_first]


if __name__ == "__main__":
    main()
