"""Cross-entropy of one prediction, and its label as one-hot (notes B6).

Both take logits, the numbers before the softmax: it is part of the loss.
"""

import jax.numpy as jnp
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from schuss.losses import cross_entropy, one_hot

NOTE = {"one_hot": [[0, 0, 1]], "loss": 0.5654127597808838}


def inputs():
    return {"y_pred": np.array([[-2.2957, -0.3874, 0.0251]], np.float32), "y_true": np.array([2])}


def with_pytorch(y_pred, y_true):
    labels = torch.tensor(y_true)
    loss = nn.CrossEntropyLoss()(torch.tensor(y_pred), labels)
    return {"one_hot": F.one_hot(labels, num_classes=3).numpy(), "loss": loss.item()}


def with_schuss(y_pred, y_true):
    labels = jnp.asarray(y_true)
    losses = cross_entropy(jnp.asarray(y_pred), labels)
    return {"one_hot": one_hot(labels, 3), "loss": float(losses.mean())}
