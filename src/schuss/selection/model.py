"""What training hands over: networks, each behind the encoding it was trained with, blended into one that predicts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from schuss.engine import evaluation
from schuss.member import Member
from schuss.network import Sequential
from schuss.selection.calibration import apply
from schuss.tables import Encoding
from schuss.tables.encoding.target import Class
from schuss.types import Parameters

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Part:
    """One network of a model.

    Args:
        encoding: table → features, and the network's outputs → the target.
        member: its hyperparameters.
        network, weights: its layers and what they learned.
        share: of the blend, > 0; the shares of a model add up to 1.
    """

    encoding: Encoding
    member: Member
    network: Sequential
    weights: Parameters
    share: float = 1.0

    def outputs(self, features: np.ndarray) -> np.ndarray:
        """Probabilities of the classes [N, C], or values in the target's own unit [N], float64; of encoded features."""
        found = evaluation.predict(self.network, self.weights, features)
        return interpret(found, self.encoding)


@dataclass(frozen=True)
class Model:
    """A blend of networks: probabilities or values are the mean of the parts', weighted by their shares.

    Args:
        parts: at least one; all for the same target.
        temperature: T of the calibration p ∝ p^(1/T) of the blended probabilities; 1 leaves them as they are.
    """

    parts: tuple[Part, ...]
    temperature: float = 1.0

    @property
    def encoding(self) -> Encoding:
        """The first part's; target, task and classes are those of all."""
        return self.parts[0].encoding

    @property
    def classes(self) -> tuple[Class, ...]:
        """Labels of the classes in the order of the probabilities; none for regression."""
        return self.encoding.classes

    def outputs(self, table: "pa.Table") -> np.ndarray:
        """Probabilities of the classes [N, C], or values [N], float64, for every row of a table.

        Raises:
            InputError: a column is missing, or a cell is not what its column must hold.
        """
        features = {id(part.encoding): part.encoding for part in self.parts}
        features = {key: encoding.features(table) for key, encoding in features.items()}
        found = sum(part.share * part.outputs(features[id(part.encoding)]) for part in self.parts)
        return apply(np.asarray(found), self.temperature) if self.classes else np.asarray(found)

    def labels(self, probabilities: np.ndarray) -> list[Class]:
        """The likeliest class of every row, of the type it had in the table."""
        return self.encoding.labels(probabilities.argmax(axis=1))


def network_of(member: Member, encoding: Encoding) -> Sequential:
    """The network of a member that was trained behind an encoding."""
    return member.build(
        encoding.numbers + len(encoding.embeddings),
        len(encoding.classes) or 1,
        classification=bool(encoding.classes),
        embeddings=encoding.embeddings,
        quantities=encoding.quantities,
    )


def interpret(outputs: np.ndarray, encoding: Encoding) -> np.ndarray:
    """What a network gives [N, O] → probabilities [N, C] or values in the target's unit [N], float64.

    Logits become probabilities by softmax; with O = 1 by the sigmoid.
    """
    outputs = outputs.astype(np.float64)
    if not encoding.classes:
        return encoding.restore(outputs[:, 0])
    if outputs.shape[1] == 1:
        outputs = np.concatenate([np.zeros_like(outputs), outputs], axis=1)  # softmax([0, z]) = [1−σ(z), σ(z)]
    powers = np.exp(outputs - outputs.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def decode(y: np.ndarray, encoding: Encoding) -> np.ndarray:
    """Encoded targets → as metrics take them: numbers of classes [N], or values in the target's unit [N]."""
    return y if encoding.classes else encoding.restore(y[:, 0])


def true_targets(table: "pa.Table", encoding: Encoding) -> np.ndarray:
    """A table's targets, as metrics take them: numbers of classes [N], or values in the target's unit [N].

    Raises:
        InputError: the target is missing, or a cell of it is not what the model was trained for.
    """
    return decode(encoding.targets(table), encoding)


def blended(parts: Sequence[Part], temperature: float = 1.0) -> Model:
    """A model of the parts that have a share, the largest first."""
    kept = sorted((part for part in parts if part.share > 0), key=lambda part: -part.share)
    return Model(tuple(kept), temperature)
