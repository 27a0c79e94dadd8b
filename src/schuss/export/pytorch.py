"""Networks and models as PyTorch modules, and as safetensors files that execute nothing when read.

A file holds the module's ``state_dict`` and, as JSON in its header under "architecture", what to build: every layer
as the name of a class of `torch.nn` and the arguments it is made with; beside them the names of the columns of each
tensor of features, which of these tensors each network takes, and the classes. Without this package, the first network
is::

    with safe_open(path, "pt") as file:
        record = json.loads(file.metadata()["architecture"])
        layers = record["networks"][0]["layers"]
        network = nn.Sequential(*(getattr(nn, name)(**arguments) for name, arguments in layers))
        names = [name for name in file.keys() if name.startswith("networks.0.")]
        network.load_state_dict({name.removeprefix("networks.0."): file.get_tensor(name) for name in names})

The classes "Embedding", "PeriodicEmbedding", "PiecewiseLinearEmbedding" and "Scaling" are the exceptions: they are
those of `schuss.export.modules`, ten or twenty lines each that stand by themselves.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from schuss.export.architecture import encodings, kind
from schuss.export.files import write_whole
from schuss.export.optional import require
from schuss.layers import Dropout, Embedding, Layer, Linear, PeriodicEmbedding, PiecewiseLinearEmbedding, Scaling
from schuss.network import Sequential
from schuss.selection.model import Model
from schuss.tables.encoding.target import NumberTarget
from schuss.tables.errors import InputError, show, show_all
from schuss.types import Parameters

if TYPE_CHECKING:
    from torch import Tensor, nn

    from schuss.export.modules import TorchModel

ACTIVATIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "identity": ("Identity", {}),
    "sigmoid": ("Sigmoid", {}),
    "tanh": ("Tanh", {}),
    "relu": ("ReLU", {}),
    "leaky_relu": ("LeakyReLU", {"negative_slope": 0.01}),
    "elu": ("ELU", {"alpha": 1.0}),
    "selu": ("SELU", {}),
    "gelu": ("GELU", {"approximate": "none"}),
    "gelu_tanh": ("GELU", {"approximate": "tanh"}),
    "silu": ("SiLU", {}),
    "mish": ("Mish", {}),
    "softplus": ("Softplus", {}),
    "softmax": ("Softmax", {"dim": -1}),
}
"""Name of an activation → class of `torch.nn` and its arguments."""

ARGUMENTS = {
    "Linear": {"in_features", "out_features"},
    "Embedding": {"numbers", "tables"},
    "PeriodicEmbedding": {"inputs", "columns", "frequencies", "width"},
    "PiecewiseLinearEmbedding": {"inputs", "columns", "bins", "width"},
    "Scaling": {"inputs"},
    "Flatten": set[str](),
    "Dropout": {"p"},
    **{name: set(arguments) for name, arguments in ACTIVATIONS.values()},
}
"""Class → arguments: all that a file may ask for."""

OWN = ("Embedding", "PeriodicEmbedding", "PiecewiseLinearEmbedding", "Scaling")
"""Classes of `schuss.export.modules`; the others are those of `torch.nn`."""


@overload
def to_torch(model: Sequential, weights: Parameters) -> "nn.Sequential": ...
@overload
def to_torch(model: Model) -> "TorchModel": ...
def to_torch(model: Sequential | Model, weights: Parameters = None) -> "nn.Module":
    """The same function as a PyTorch module, in evaluation mode; its weights are copies and can be trained further.

    Args:
        model: a network, or a whole model. A network's module gives what the network gives. A model's module takes
            encoded features, one tensor for each of `encodings`, and gives probabilities or values in the
            target's own unit, float64: ``module(*(torch.from_numpy(e.features(table)) for e in encodings(model)))``.
        weights: of the network.

    Raises:
        ImportError: PyTorch is not installed.
        ValueError: a layer or an activation is the user's own.
    """
    require("torch")
    if isinstance(model, Sequential):
        return _filled(_sequential(_layers(model)), _tensors(model, weights))
    return _filled(_whole(_architecture(model)), _state(model))


def save_torch(model: Model, path: str | Path) -> None:
    """Write a model's module to a safetensors file, which appears whole or not at all.

    Raises:
        ImportError: PyTorch is not installed.
        ValueError: a layer or an activation is the user's own.
        OSError: the file cannot be written.
    """
    require("torch")
    from safetensors.torch import save

    write_whole(path, save(_state(model), metadata={"architecture": json.dumps(_architecture(model))}))


def load_torch(path: str | Path) -> "TorchModel":
    """Read back what `save_torch` wrote, in evaluation mode.

    Raises:
        ImportError: PyTorch is not installed.
        InputError: the file is not one that `save_torch` writes.
        OSError: there is no such file, or it cannot be read.
    """
    require("torch")
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            record = json.loads((file.metadata() or {})["architecture"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  a file is no mapping
        return _filled(_whole(record), tensors)
    except (SafetensorError, KeyError, TypeError, ValueError, RuntimeError) as error:
        problem = f"This is not what save_torch wrote: {error}."
        raise InputError(str(path), problem, "Export the model again.") from error


def _architecture(model: Model) -> dict[str, Any]:
    distinct = encodings(model)
    networks = [{"source": distinct.index(p.encoding), "layers": _layers(p.network)} for p in model.parts]
    inputs = [list(encoding.input_names) for encoding in distinct]
    return {"networks": networks, "inputs": inputs, "classes": list(model.classes)}


def _layers(network: Sequential) -> list[tuple[str, dict[str, Any]]]:
    return [_class_and_arguments(layer, place) for place, layer in enumerate(network.layers)]


def _class_and_arguments(layer: Layer, place: int) -> tuple[str, dict[str, Any]]:
    name = kind(layer, place, ACTIVATIONS)
    match layer:
        case Linear():
            return name, {"in_features": int(layer.inputs), "out_features": int(layer.outputs)}
        case Embedding():
            return name, {"numbers": int(layer.numbers), "tables": [[int(n) for n in table] for table in layer.tables]}
        case PeriodicEmbedding():
            sizes = {"inputs": layer.inputs, "frequencies": layer.frequencies, "width": layer.width}
            columns = [int(column) for column in layer.columns]
            return name, {"columns": columns, **{size: int(value) for size, value in sizes.items()}}
        case PiecewiseLinearEmbedding():
            sizes = {"inputs": layer.inputs, "bins": layer.bins, "width": layer.width}
            columns = [int(column) for column in layer.columns]
            return name, {"columns": columns, **{size: int(value) for size, value in sizes.items()}}
        case Scaling():
            return name, {"inputs": int(layer.inputs)}
        case Dropout():
            return name, {"p": float(layer.rate)}
        case _:
            return ACTIVATIONS.get(name, (name, {}))


def _sequential(layers: list[tuple[str, dict[str, Any]]]) -> "nn.Sequential":
    """Modules without memory for their weights, so that nothing is drawn from PyTorch's random numbers."""
    import torch

    from schuss.export import modules

    with torch.device("meta"):
        stack: list[nn.Module] = []
        for name, arguments in layers:
            if ARGUMENTS.get(name) != set(arguments):
                raise ValueError(f"no layer {show(name)} with the arguments {show_all(arguments)}")
            stack.append(getattr(modules if name in OWN else torch.nn, name)(**arguments))
        return torch.nn.Sequential(*stack)


def _whole(record: Mapping[str, Any]) -> "TorchModel":
    import torch

    from schuss.export.modules import TorchModel

    with torch.device("meta"):
        networks = [_sequential(network["layers"]) for network in record["networks"]]
        sources = [network["source"] for network in record["networks"]]
        return TorchModel(networks, sources, record["inputs"], record["classes"])


def _filled(module: Any, tensors: "dict[str, Tensor]") -> Any:
    module.load_state_dict(tensors, assign=True)
    return module.eval()


def _state(model: Model) -> "dict[str, Tensor]":
    """The ``state_dict`` of a model's module."""
    import torch

    state = {
        f"networks.{place}.{name}": tensor
        for place, part in enumerate(model.parts)
        for name, tensor in _tensors(part.network, part.weights, np.float32).items()
    }
    targets = [part.encoding.output for part in model.parts]
    mean, scale = zip(*((y.mean, y.scale) if isinstance(y, NumberTarget) else (0.0, 1.0) for y in targets), strict=True)
    shares = [part.share for part in model.parts]
    temperature = model.temperature if model.classes else 1.0
    facts = {"shares": shares, "mean": mean, "scale": scale, "temperature": temperature}
    return state | {name: torch.tensor(value, dtype=torch.float64) for name, value in facts.items()}


def _tensors(network: Sequential, weights: Parameters, dtype: Any = None) -> "dict[str, Tensor]":
    """The ``state_dict`` of a network's module: PyTorch keeps W [I, O] as [O, I]. Default: the weights' own dtype."""
    import torch

    found: dict[str, np.ndarray] = {}
    for place, (layer, params) in enumerate(zip(network.layers, weights, strict=True)):
        match layer:
            case Linear():
                found |= {f"{place}.weight": np.transpose(params["W"]), f"{place}.bias": params["b"]}
            case Embedding():
                tables = range(len(layer.tables))
                found |= {f"{place}.tables.{table}.weight": params[f"E{table}"] for table in tables}
            case PeriodicEmbedding():
                c, f, k = len(layer.columns), layer.frequencies, layer.width
                shapes = {"w": (c, f), "b": (c, f), "A": (c, f, k), "c": (c, k)}
                found |= {f"{place}.{each}": np.reshape(params[each], shape) for each, shape in shapes.items()}
            case PiecewiseLinearEmbedding():
                shape = len(layer.columns), layer.width
                found |= {f"{place}.A": params["A"], f"{place}.c": np.reshape(params["c"], shape)}
            case Scaling():
                found[f"{place}.s"] = params["s"]
            case _:
                pass
    return {name: torch.from_numpy(np.array(array, dtype, order="C")) for name, array in found.items()}
