"""Layers: what a network is a stack of.

Weights and the values of a layer come in, the values of the next one go out.
"""

from schuss.layers.base import GELU as GELU
from schuss.layers.base import Activation as Activation
from schuss.layers.base import Dropout as Dropout
from schuss.layers.base import Flatten as Flatten
from schuss.layers.base import Layer as Layer
from schuss.layers.base import LeakyReLU as LeakyReLU
from schuss.layers.base import Linear as Linear
from schuss.layers.base import ReLU as ReLU
from schuss.layers.base import Sigmoid as Sigmoid
from schuss.layers.base import SiLU as SiLU
from schuss.layers.base import Softmax as Softmax
from schuss.layers.base import Tanh as Tanh
from schuss.layers.embedding import Embedding as Embedding
from schuss.layers.number import NumberEmbedding as NumberEmbedding
from schuss.layers.periodic import PeriodicEmbedding as PeriodicEmbedding
from schuss.layers.piecewise import PiecewiseLinearEmbedding as PiecewiseLinearEmbedding
from schuss.layers.scaling import Scaling as Scaling
