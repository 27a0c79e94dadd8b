"""What is kept of a member's training: the cost of every mini-batch, and the validation of every epoch."""

from dataclasses import dataclass, field

import numpy as np

LONGEST = 16_384
"""Up to so many costs are kept for a member. When there are more, every second one is dropped, as often as needed: what
remains are the steps that are multiples of a power of two, `History.every`."""


@dataclass
class History:
    """Costs by step and validation by epoch.

    Attributes:
        steps: numbers of the steps kept, counted from 1 [T].
        costs: cost of each of them: the mini-batch's mean loss plus the L2 term, before the update [T].
        learning_rates: α of each of them [T].
        every: steps kept are the multiples of this power of two.
        validation_costs, validation_scores: of every epoch, first to last [epochs]; empty without validation rows.

    >>> h = History()
    >>> h.add_steps(1, np.arange(3.0), np.full(3, 0.1))
    >>> h.steps, h.costs
    (array([1, 2, 3]), array([0., 1., 2.]))
    """

    steps: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    costs: np.ndarray = field(default_factory=lambda: np.zeros(0))
    learning_rates: np.ndarray = field(default_factory=lambda: np.zeros(0))
    every: int = 1
    validation_costs: np.ndarray = field(default_factory=lambda: np.zeros(0))
    validation_scores: np.ndarray = field(default_factory=lambda: np.zeros(0))

    def add_steps(self, first: int, costs: np.ndarray, learning_rates: np.ndarray) -> None:
        """Add the costs of the steps ``first``, ``first + 1``, …; thin when there are too many."""
        steps = np.arange(first, first + len(costs))
        kept = steps % self.every == 0
        self.steps = np.concatenate([self.steps, steps[kept]])
        self.costs = np.concatenate([self.costs, costs[kept]])
        self.learning_rates = np.concatenate([self.learning_rates, learning_rates[kept]])
        while len(self.steps) > LONGEST:
            self.every *= 2
            kept = self.steps % self.every == 0
            self.steps, self.costs, self.learning_rates = self.steps[kept], self.costs[kept], self.learning_rates[kept]

    def add_epochs(self, costs: np.ndarray, scores: np.ndarray) -> None:
        """Add the validation costs and scores of the next epochs."""
        self.validation_costs = np.concatenate([self.validation_costs, costs])
        self.validation_scores = np.concatenate([self.validation_scores, scores])
