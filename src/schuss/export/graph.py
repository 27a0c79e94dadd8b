"""An ONNX graph under construction."""

from collections.abc import Mapping
from typing import Any

import numpy as np

OPSETS = {"": 13, "ai.onnx.ml": 2}
"""Versions of the operators: of 2020, which every runtime of today knows."""

IR_VERSION = 7
"""Version of the file's layout that goes with them."""


class Graph:
    """Values under names that do not collide; most methods give the name of the value that they add.

    Args:
        inputs: names and types of the graph's inputs, each [N].
    """

    def __init__(self, inputs: Mapping[str, Any]) -> None:
        self._inputs = [_described(name, dtype, "N") for name, dtype in inputs.items()]
        self._names = set(inputs)
        self._outputs: list[Any] = []
        self._constants: list[Any] = []
        self._nodes: list[Any] = []

    def node(self, operator: str, *operands: "str | np.ndarray | np.generic", **attributes: Any) -> str:
        """The only output of an operator; an operand is the name of a value, or an array to put into the file."""
        from onnx import helper

        inputs = [operand if isinstance(operand, str) else self._constant(operand) for operand in operands]
        name = self._new(operator)
        domain = "ai.onnx.ml" if operator == "LabelEncoder" else ""
        self._nodes.append(helper.make_node(operator, inputs, [name], name, domain=domain, **attributes))
        return name

    def look_up(self, cells: str, values: Mapping[str, int]) -> str:
        """Text → whole numbers, 0 where it is not listed."""
        keys, codes = list(values), list(values.values())
        return self.node("LabelEncoder", cells, keys_strings=keys, values_int64s=codes, default_int64=0)

    def cast(self, value: str, dtype: Any) -> str:
        """A value in another type."""
        return self.node("Cast", value, to=_element(dtype))

    def columns(self, *values: str) -> str:
        """Values [N] each → [N, how many]."""
        return self.node("Concat", *(self.node("Unsqueeze", value, np.array([1])) for value in values), axis=1)

    def output(self, name: str, value: str, dtype: Any, *shape: int) -> None:
        """A value becomes an output [N, …]."""
        from onnx import helper

        self._nodes.append(helper.make_node("Identity", [value], [name], name))
        self._outputs.append(_described(name, dtype, "N", *shape))

    def model(self) -> Any:
        """The whole, as onnx has it."""
        from onnx import helper

        graph = helper.make_graph(self._nodes, "schuss", self._inputs, self._outputs, self._constants)
        opsets = [helper.make_opsetid(domain, version) for domain, version in OPSETS.items()]
        return helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="schuss")

    def _constant(self, value: "np.ndarray | np.generic") -> str:
        from onnx import numpy_helper

        name = self._new("constant")
        self._constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def _new(self, word: str) -> str:
        """A name like Add_17, or Add_17_ where a column is called so."""
        name = f"{word}_{len(self._nodes) + len(self._constants)}"
        while name in self._names:
            name += "_"
        self._names.add(name)
        return name


def _described(name: str, dtype: Any, *shape: int | str) -> Any:
    from onnx import helper

    return helper.make_tensor_value_info(name, _element(dtype), shape)


def _element(dtype: Any) -> int:
    from onnx import helper

    return helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
