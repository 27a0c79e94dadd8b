"""Export: a trained model for use without this package.

A `schuss.selection.model.Model` comes in; a PyTorch module, its safetensors file, or one ONNX file comes out, with the
encoding of the table as far as the format can hold it.
"""

from schuss.export.architecture import encodings as encodings
from schuss.export.feeds import onnx_inputs as onnx_inputs
from schuss.export.onnx import save_onnx as save_onnx
from schuss.export.onnx import to_onnx as to_onnx
from schuss.export.pytorch import load_torch as load_torch
from schuss.export.pytorch import save_torch as save_torch
from schuss.export.pytorch import to_torch as to_torch
