"""What run.json holds: this module is the one place that says so.

A `Record` is written by `schuss.runs.write.save` and read by `schuss.runs.read.read_record`, which checks every type
and range named here and then, with `schuss.runs.check`, that the parts go together. The keys of the file are the names
of the fields, and a tuple is a list. A key that is not named here, or one that is missing, is refused: a name that is
misspelt must not pass for a default. Numbers that are not finite have no place in JSON: the fields that may lack a
value are None there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Self

from msgspec import Meta

from schuss.diagnosis.health import Health
from schuss.diagnosis.importance import Importance
from schuss.diagnosis.judgement import Judgement
from schuss.runs.settings import Settings
from schuss.selection.calibration import Calibration
from schuss.selection.rounds import Course, Round
from schuss.tables import Encoding, Task

Count = Annotated[int, Meta(ge=0, le=2**53)]
"""A whole number, exact in float64."""

Amount = Annotated[float, Meta(ge=-1e300, le=1e300)]
"""A number with which a report can still calculate."""

NotNegative = Annotated[float, Meta(ge=0, le=1e300)]

Positive = Annotated[float, Meta(gt=0, le=1e300)]

Share = Annotated[float, Meta(gt=0, le=1)]


@dataclass(frozen=True)
class RowCounts:
    """Rows of the table that have a target, those left out for want of one, and those of the test."""

    table: Count
    without_target: Count
    test: Count


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is known of a run beside its population.

    Attributes:
        settings: what was asked for.
        task: classification or regression.
        source: how the table was read, in words.
        rows: how many.
        fingerprint: of the rows, see `schuss.tables.fingerprint`.
        prior: the baseline's answer: shares of the classes [C], or the mean [1]; see `schuss.selection.metrics.prior`.
        batch_size_reason: why the rule's mini-batch size is what it is; None where nobody asked for the rule.
        memory_reason: how many members memory lets train at a time, and why.
        validation: how the model does on the rows that chose it; None without such rows, or where no score is defined.
        test: how it does on rows that no choice has seen; None without such rows.
        health: of the networks that matter most.
        importance: of the columns; None without validation rows.
    """

    settings: Settings
    task: Task
    source: str
    rows: RowCounts
    fingerprint: str
    prior: tuple[float, ...]
    batch_size_reason: str | None
    memory_reason: str
    validation: Judgement | None
    test: Judgement | None
    health: Health
    importance: Importance | None


@dataclass(frozen=True)
class FoldRecord:
    """Rows that taught, rows that chose, and the encoding that the former taught.

    Attributes:
        encoding: as `schuss.tables.Encoding.to_dict` gives it.
        training_rows, validation_rows: how many.

    Raises:
        ValueError: the encoding cannot be read back.
    """

    encoding: dict[str, Any]
    training_rows: Count
    validation_rows: Count

    def __post_init__(self) -> None:
        """Read the encoding, so that a wrong one is found at once."""
        try:
            _ = self.fitted
        except (LookupError, AttributeError, ArithmeticError) as error:
            raise ValueError(f"the encoding cannot be read: {error!r}") from error

    @cached_property
    def fitted(self) -> Encoding:
        """The encoding, ready to use."""
        return Encoding.from_dict(self.encoding)


@dataclass(frozen=True)
class Description:
    """A member's hyperparameters as `schuss.member.Member.describe` gives them: "auto" has become what it came to."""

    hidden_layer_sizes: tuple[Count, ...]
    activation: str
    optimizer: dict[str, Any]
    schedule: dict[str, Any]
    batch_size: Count
    dropout: Annotated[float, Meta(ge=0, lt=1)]
    l2: NotNegative
    loss: str
    label_smoothing: Annotated[float, Meta(ge=0, lt=1)]
    clip_norm: NotNegative
    averaging: Annotated[float, Meta(ge=0, lt=1)]
    seed: Count
    frequencies: Count
    frequency_scale: Positive
    bins: Count
    embedding_speed: Positive
    scaling_speed: NotNegative
    network: str | None

    @classmethod
    def of(cls, described: Mapping[str, Any]) -> Self:
        """From what `schuss.member.Member.describe` gives."""
        values: dict[str, Any] = {**described, "hidden_layer_sizes": tuple(described["hidden_layer_sizes"])}
        return cls(**values)

    def as_dict(self) -> dict[str, Any]:
        """As `schuss.member.Member.from_description` takes it."""
        return dict(vars(self))


@dataclass(frozen=True)
class MemberRecord:
    """One member and its result. Over several folds: means of costs and best epochs, sums of steps and seconds.

    Attributes:
        description: from which the member can be made again.
        batch_size_asked: the size of its mini-batches before "auto" was resolved.
        diverged_at: the step at which it diverged, None if it did not.
        score: the metric on the validation rows; None where it is not defined.
        cost: validation cost of the best epoch, or of the last steps without validation rows; None if not finite.
        share: of the blend, with six digits.
        status: done, stopped early, interrupted, out of time, or diverged at some step.
        epochs: the most that a fold began.
        best_epoch: counted from 1; None where nothing was validated.
        steps: how many it took.
        seconds: that its training took.
        optimizer … seed: its choices in a word each; the learning rate is that of the first step, α₀, and None for an
            optimizer without one; hidden layers are separated by commas; the scale of waves is 0 without
            waves, the speed of embeddings without waves and ramps.
    """

    description: Description
    batch_size_asked: int | str
    diverged_at: Count | None
    score: Amount | None
    cost: Amount | None
    share: Annotated[float, Meta(ge=0, le=1)]
    status: str
    epochs: Count
    best_epoch: Annotated[float, Meta(ge=1, le=1e300)] | None
    steps: Count
    seconds: NotNegative
    optimizer: str
    learning_rate: Positive | None
    schedule: str
    batch_size: Count
    hidden_layer_sizes: str
    activation: str
    dropout: Annotated[float, Meta(ge=0, lt=1)]
    l2: NotNegative
    frequencies: Count
    frequency_scale: NotNegative
    bins: Count
    embedding_speed: NotNegative
    scaling_speed: NotNegative
    loss: str
    label_smoothing: Annotated[float, Meta(ge=0, lt=1)]
    clip_norm: NotNegative
    averaging: Annotated[float, Meta(ge=0, lt=1)]
    seed: Count


@dataclass(frozen=True)
class ModelRecord:
    """What predicts.

    Attributes:
        shares: (place of the member, its share of the blend), the best member first; they sum to 1.
        temperature: of the blend's probabilities, in (0, ∞); 1 leaves them as they are.
        calibration: how the temperature was found; None for regression, and where nothing could be blended.
        again: places of the members that predict with networks trained again on all rows.
    """

    shares: tuple[tuple[Count, Share], ...]
    temperature: Positive
    calibration: Calibration | None
    again: tuple[Count, ...]


@dataclass(frozen=True)
class DistilledRecord:
    """One network that has learned what the blend predicts; see `schuss.selection.distil`.

    Attributes:
        fold: all rows that taught it; None where the blend stays.
        description: of the network that is the model; None where the blend stays.
        temperature: of its probabilities, in (0, ∞); 1 leaves them as they are.
        blend, network: scores of the blend and of a network in its place, on the validation rows; the network's is
            None where it is not finite.
        error: standard error of the blend's score; None where it is not defined.
    """

    fold: FoldRecord | None
    description: Description | None
    temperature: Positive
    blend: Amount
    network: Amount | None
    error: NotNegative | None


@dataclass(frozen=True)
class Machine:
    """Processor, its instructions, number of cores; kind of device and platform of JAX."""

    architecture: str
    instructions: tuple[str, ...]
    cores: int | None
    device: str
    platform: str


@dataclass(frozen=True, kw_only=True)
class Record(Facts):
    """A run.

    Attributes:
        format: number of the folder's layout.
        created: when, in ISO 8601.
        metric: by which members were ranked.
        interrupted: whether training ended before its end.
        folds: at least one.
        refit: all rows that taught when networks of the model were trained again; None where none was.
        rounds: how the members were trained: with them the run can be repeated.
        model: what predicts: the blend.
        distilled: the network that predicts in its place, or why there is none; None where none was tried.
        best: place of the best member.
        ranking: places of the members, best first.
        members: in the order of their places.
        versions: of Python and the libraries.
        machine: that trained.

    With the same seeds, versions and machine a run gives the same bits.
    """

    format: int
    created: str
    metric: str
    interrupted: bool
    folds: tuple[FoldRecord, ...]
    refit: FoldRecord | None
    rounds: tuple[Round, ...]
    model: ModelRecord
    distilled: DistilledRecord | None
    best: Count
    ranking: tuple[Count, ...]
    members: tuple[MemberRecord, ...]
    versions: dict[str, str]
    machine: Machine

    @property
    def course(self) -> Course:
        """How the run went."""
        return Course(self.rounds, self.refit is not None, self.distilled is not None)

    @property
    def student(self) -> DistilledRecord | None:
        """The network that predicts in the blend's place, where there is one."""
        return None if self.distilled is None or self.distilled.fold is None else self.distilled

    @property
    def is_blend(self) -> bool:
        """Whether several members predict: not one alone, nor a network that was distilled from them."""
        return len(self.model.shares) > 1 and self.student is None

    @property
    def judgement(self) -> Judgement | None:
        """How the model does on the test rows or, where there are none, on the validation rows."""
        return self.test or self.validation

    @property
    def leader(self) -> MemberRecord:
        """The best member."""
        return self.members[self.best]
