"""Mean squared error of five predictions (notes B6)."""

import numpy as np
import torch
from torch import nn

from schuss.losses import mean_squared_error

NOTE = {"loss": 1.1295175552368164}


def inputs():
    y_pred = [[-0.5549], [0.9619], [0.0894], [-0.5288], [0.7511]]
    return {"y_pred": np.array(y_pred, np.float32), "y_true": np.ones((5, 1), np.float32)}


def with_pytorch(y_pred, y_true):
    loss = nn.MSELoss()(torch.tensor(y_pred), torch.tensor(y_true))
    return {"loss": loss.item()}


def with_schuss(y_pred, y_true):
    losses = mean_squared_error(y_pred, y_true)  # one for every row; the cost is their mean
    return {"loss": float(losses.mean())}
