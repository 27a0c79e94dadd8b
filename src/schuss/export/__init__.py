"""Export: a trained model as a PyTorch module or as one ONNX file, for use without this package."""

from schuss.export.architecture import encodings as encodings
from schuss.export.feeds import onnx_inputs as onnx_inputs
from schuss.export.onnx import save_onnx as save_onnx
from schuss.export.onnx import to_onnx as to_onnx
from schuss.export.pytorch import load_torch as load_torch
from schuss.export.pytorch import save_torch as save_torch
from schuss.export.pytorch import to_torch as to_torch
