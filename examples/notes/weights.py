"""The same weights for both: a layer's W is [I, O] in schuss and the transpose, [O, I], in PyTorch."""

import torch
from torch import nn


def load(model: nn.Sequential, params) -> nn.Sequential:
    """Give the linear layers of a PyTorch model the weights of the schuss network with the same layers."""
    with torch.no_grad():
        for theirs, ours in zip(model, params, strict=True):
            if ours:
                theirs.weight.copy_(torch.tensor(ours["W"].T))
                theirs.bias.copy_(torch.tensor(ours["b"]))
    return model
