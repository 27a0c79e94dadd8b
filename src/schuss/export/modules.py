"""The modules that PyTorch does not have: vectors of categories, waves and ramps of numbers, scales, and a blend."""

import math
from collections.abc import Sequence
from operator import index
from statistics import NormalDist

import torch
from torch import Tensor, nn

from schuss.selection.calibration import SMALLEST


class Embedding(nn.Module):
    """`schuss.layers.Embedding`: numbers pass through, every code after them becomes its row of a table.

    Args:
        numbers: how many values at the front of a row pass through unchanged.
        tables: (levels, width) of each code after them.
    """

    def __init__(self, numbers: int, tables: Sequence[Sequence[int]]) -> None:
        super().__init__()
        self.numbers = numbers
        self.tables = nn.ModuleList(nn.Embedding(levels, width) for levels, width in tables)

    def forward(self, x: Tensor) -> Tensor:
        """X [B, numbers + tables] → [B, numbers + widths]."""
        codes = x[:, self.numbers :].long()
        vectors = [table(codes[:, place]) for place, table in enumerate(self.tables)]
        return torch.cat([x[:, : self.numbers], *vectors], dim=1)


class PeriodicEmbedding(nn.Module):
    """`schuss.layers.PeriodicEmbedding`: waves of some inputs, mapped to short vectors, stand behind all inputs.

    Args:
        inputs: how many values come in.
        columns: places of those that are embedded.
        frequencies: waves of a column.
        width: numbers that are made of them.

    Attributes:
        w, b: frequencies and phases in turns [columns, frequencies].
        A, c: the linear map of a column's waves [columns, frequencies, width], [columns, width].
    """

    def __init__(self, inputs: int, columns: Sequence[int], frequencies: int, width: int) -> None:
        super().__init__()
        self.columns = [index(column) for column in columns]
        if not all(0 <= column < inputs for column in self.columns):
            raise ValueError(f"columns must be places of the {inputs} inputs, not {self.columns}.")
        self.w = nn.Parameter(torch.empty(len(self.columns), frequencies))
        self.b = nn.Parameter(torch.empty(len(self.columns), frequencies))
        self.A = nn.Parameter(torch.empty(len(self.columns), frequencies, width))
        self.c = nn.Parameter(torch.empty(len(self.columns), width))

    def forward(self, x: Tensor) -> Tensor:
        """X [B, inputs] → [B, inputs + columns·width]."""
        waves = torch.cos(2 * math.pi * (self.w * x[:, self.columns, None] + self.b))
        vectors = torch.einsum("bcf,cfk->bck", waves, self.A) + self.c
        return torch.cat([x, vectors.flatten(1)], dim=1)


class PiecewiseLinearEmbedding(nn.Module):
    """`schuss.layers.PiecewiseLinearEmbedding`: ramps of some inputs, mapped to short vectors, stand behind all inputs.

    Args:
        inputs: how many values come in.
        columns: places of those that are embedded.
        bins: ramps of a column, between quantiles of the standard normal distribution, −3 and 3.
        width: numbers that are made of them.

    Attributes:
        A, c: the linear map of a column's ramps [columns, bins, width], [columns, width].
    """

    def __init__(self, inputs: int, columns: Sequence[int], bins: int, width: int) -> None:
        super().__init__()
        self.columns = [index(column) for column in columns]
        if not all(0 <= column < inputs for column in self.columns):
            raise ValueError(f"columns must be places of the {inputs} inputs, not {self.columns}.")
        self.A = nn.Parameter(torch.empty(len(self.columns), bins, width))
        self.c = nn.Parameter(torch.empty(len(self.columns), width))

    def forward(self, x: Tensor) -> Tensor:
        """X [B, inputs] → [B, inputs + columns·width]."""
        bins = self.A.shape[1]
        inner = [NormalDist().inv_cdf(t / bins) for t in range(1, bins)]
        edges = torch.tensor([-3.0, *inner, 3.0], dtype=x.dtype, device=x.device)
        ramps = ((x[:, self.columns, None] - edges[:-1]) / edges.diff()).clamp(0, 1)
        vectors = torch.einsum("bct,ctk->bck", ramps, self.A) + self.c
        return torch.cat([x, vectors.flatten(1)], dim=1)


class Scaling(nn.Module):
    """`schuss.layers.Scaling`: a factor for every input.

    Args:
        inputs: how many values come in.

    Attributes:
        s: the factors [inputs].
    """

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.s = nn.Parameter(torch.empty(inputs))

    def forward(self, x: Tensor) -> Tensor:
        """X [B, inputs] → s·X."""
        return self.s * x


class TorchModel(nn.Module):
    """`schuss.selection.model.Model`: networks behind their encodings, averaged by their shares.

    Everything after the networks is computed in float64.

    Args:
        networks: each gives logits, or a standardised value.
        sources: for each network, which of the tensors of features it takes.
        inputs: for each tensor of features, the names of its columns.
        classes: labels in the order of the probabilities; none for regression.

    Attributes:
        shares: float64 [networks].
        temperature: float64, of p ∝ p^(1/T); 1 for regression.
        mean, scale: float64 [networks], of the target; 0 and 1 for classes.
    """

    shares: Tensor
    temperature: Tensor
    mean: Tensor
    scale: Tensor

    def __init__(
        self,
        networks: Sequence[nn.Module],
        sources: Sequence[int],
        inputs: Sequence[Sequence[str]],
        classes: Sequence[int | str | bool],
    ) -> None:
        super().__init__()
        if set(sources) != set(range(len(inputs))):
            raise ValueError(f"sources must hold every number from 0 to {len(inputs) - 1}, not {list(sources)}.")
        self.networks = nn.ModuleList(networks)
        self.sources = tuple(sources)
        self.inputs = tuple(map(tuple, inputs))
        self.classes = tuple(classes)
        for name in ("shares", "mean", "scale"):
            self.register_buffer(name, torch.empty(len(networks), dtype=torch.float64))
        self.register_buffer("temperature", torch.empty((), dtype=torch.float64))

    def forward(self, *features: Tensor) -> Tensor:
        """Features [N, I], one tensor for each of ``inputs`` → probabilities [N, C] or values [N], float64."""
        if len(features) != len(self.inputs):
            raise ValueError(f"This model takes {len(self.inputs)} tensors of features, not {len(features)}.")
        outputs = [network(features[n]) for network, n in zip(self.networks, self.sources, strict=True)]
        total = torch.stack([self._interpret(z.double(), k) for k, z in enumerate(outputs)], -1) @ self.shares
        return torch.softmax(total.clamp_min(SMALLEST).log() / self.temperature, dim=1) if self.classes else total

    def _interpret(self, z: Tensor, place: int) -> Tensor:
        """Logits → probabilities; a standardised value → one in the target's unit."""
        if not self.classes:
            return z[:, 0] * self.scale[place] + self.mean[place]
        if z.shape[1] == 1:
            z = torch.cat([torch.zeros_like(z), z], dim=1)  # softmax([0, z]) = [1−σ(z), σ(z)]
        return torch.softmax(z, dim=1)
