"""Networks and models in PyTorch give what they give here, train on, and come back from a file."""

import inspect
import json
import sys
import textwrap
from dataclasses import replace
from functools import cache, partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import nn

from schuss.activations import ACTIVATIONS
from schuss.export import encodings, load_torch, modules, pytorch, save_torch, to_torch
from schuss.layers import (
    Activation,
    Dropout,
    Embedding,
    Flatten,
    Layer,
    Linear,
    PeriodicEmbedding,
    PiecewiseLinearEmbedding,
    Scaling,
)
from schuss.network import Sequential
from schuss.tables import InputError
from tests.mixed import TARGETS, WAVES, blend, mixed, moved, single, small, with_means

NETWORKS = {name: Sequential(Linear(3, 5), Activation(name), Dropout(0.5), Linear(5, 2)) for name in ACTIVATIONS} | {
    "function": Sequential(Linear(3, 2), Activation(ACTIVATIONS["gelu_tanh"])),
    "softmax alone": Sequential(Activation("softmax")),
    "flatten": Sequential(Flatten(), Linear(3, 2)),
    "embedding": Sequential(Embedding(1, ((3, 2), (4, 1))), Linear(4, 2)),
    "waves and scales": Sequential(PeriodicEmbedding(3, (2, 0), 4, 2, 1.0), Scaling(7), Linear(7, 2)),
    "ramps": Sequential(PiecewiseLinearEmbedding(3, (2, 0), 4, 2), Linear(7, 2)),
    "one ramp": Sequential(PiecewiseLinearEmbedding(3, (1,), 1, 2), Linear(5, 2)),
    "codes only": Sequential(Embedding(0, ((3, 2), (4, 1), (3, 2))), Linear(5, 2)),
}
X = np.array([[0.5, 1, 2], [-1e4, 2, 3], [1e4, 0, 0], [30, 1, 1], [-1.5, 2, 0]])
"""A number and two codes."""
INPUTS = {"flatten": X.reshape(-1, 1, 3), "codes only": X[:, [1, 2, 1]], "waves and scales": X / [1e4, 1, 1]}


def weighted_sum(outputs, ones):
    """One number to differentiate; of a softmax the plain sum would have no gradient."""
    return (outputs * (ones * outputs.shape[1]).cumsum(1)).sum()


@cache
def here(dtype):
    """Weights, outputs and gradient of every network in this package, from one compiled function."""

    def measure(weights, inputs):
        def cost(name, weights):
            outputs = NETWORKS[name](weights, inputs[name])
            return weighted_sum(outputs, jnp.ones_like(outputs)), outputs

        return {name: jax.value_and_grad(partial(cost, name), has_aux=True)(weights[name]) for name in NETWORKS}

    with jax.enable_x64(True):
        weights = {name: moved(net.initialize(0, np.dtype(dtype)), 0) for name, net in NETWORKS.items()}
        found = jax.jit(measure)(weights, {name: INPUTS.get(name, X).astype(dtype) for name in NETWORKS})
    return {name: (weights[name], np.asarray(found[name][0][1]), found[name][1]) for name in NETWORKS}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_gives_what_it_gives_here(name, dtype):
    weights, expected, _ = here(dtype)[name]
    found = to_torch(NETWORKS[name], weights)(torch.from_numpy(INPUTS.get(name, X).astype(dtype))).detach().numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)
    assert found.dtype == dtype


@pytest.mark.parametrize("name", [name for name, net in NETWORKS.items() if isinstance(net.layers[-1], Linear)])
def test_gradients_are_those_of_here(name):
    weights, _, gradient = here("float64")[name]
    module = to_torch(NETWORKS[name], weights)
    outputs = module(torch.from_numpy(INPUTS.get(name, X)))
    weighted_sum(outputs, torch.ones_like(outputs)).backward()
    for parameter, expected in zip(module.parameters(), to_torch(NETWORKS[name], gradient).parameters(), strict=True):
        np.testing.assert_allclose(parameter.grad.numpy(), expected.detach().numpy(), rtol=1e-6, atol=1e-6)


def test_a_module_can_be_trained_and_leaves_the_weights_as_they_are():
    net = NETWORKS["relu"]
    weights = net.initialize(0)
    state = torch.random.get_rng_state()
    module = to_torch(net, weights)
    assert torch.equal(torch.random.get_rng_state(), state)
    assert not module.training
    assert [type(layer) for layer in module] == [nn.Linear, nn.ReLU, nn.Dropout, nn.Linear]
    x = torch.ones(100, 3)
    assert torch.equal(module(x), module(x))
    assert not torch.equal(module.train()(x), module(x))
    before = module(x).square().mean()
    before.backward()
    torch.optim.SGD(module.parameters(), lr=0.01).step()
    assert module.eval()(x).square().mean() < before
    np.testing.assert_array_equal(weights[0]["W"], net.initialize(0)[0]["W"])


class Doubled(Linear):
    def apply(self, params, x, key=None):
        return 2 * super().apply(params, x)


@pytest.mark.parametrize(
    ("layer", "named"),
    [(Doubled(2, 2), "Doubled"), (Layer(), "Layer"), (Activation(jnp.sin), "the activation sin")],
    ids=["of a class like ours", "of another class", "a function"],
)
def test_a_layer_of_ones_own_is_named(layer, named, tmp_path):
    network = Sequential(Linear(2, 2), layer)
    weights = network.initialize(0)
    said = rf"layer 1 is {named}, which cannot be exported; only the package's own layers can: "
    with pytest.raises(ValueError, match=said):
        to_torch(network, weights)
    with pytest.raises(ValueError, match=said):
        save_torch(small(network, weights), tmp_path / "model")
    assert not [*tmp_path.iterdir()]


def outputs(module, model, target):
    features = [torch.from_numpy(encoding.features(mixed(target))) for encoding in encodings(model)]
    with torch.no_grad():
        return module(*features).numpy()


def agree(model, target, difference=1e-6):
    unit = model.encoding.output.scale if target == "values" else 1
    found, expected = outputs(to_torch(model), model, target), model.outputs(mixed(target))
    np.testing.assert_allclose(found / unit, expected / unit, rtol=0, atol=difference)


@pytest.mark.parametrize("target", TARGETS)
def test_a_model_gives_what_it_gives_here(target):
    agree(single(target), target)


@pytest.mark.parametrize("target", ["text", "many", "values"])
def test_a_model_with_waves_ramps_and_scales_beside_vectors_of_categories(target, tmp_path):
    model, path = single(target, **WAVES), tmp_path / "model.safetensors"
    agree(model, target, 5e-6)  # short waves make more of what float32 rounds
    save_torch(model, path)
    module = load_torch(path)
    assert [type(layer) for layer in module.networks[0]][:4] == [
        modules.Embedding,
        modules.PeriodicEmbedding,
        modules.PiecewiseLinearEmbedding,
        modules.Scaling,
    ]
    np.testing.assert_array_equal(outputs(module, model, target), outputs(to_torch(model), model, target))


@pytest.mark.parametrize("temperature", [1, 0.3, 4])
def test_a_blend_at_a_temperature(temperature):
    agree(replace(blend("many"), temperature=temperature), "many")


def test_a_model_with_means_of_the_target_beside_vectors_of_categories():
    agree(with_means("many", **WAVES), "many", 5e-6)


def test_a_blend_of_values():
    agree(blend("values"), "values")


def test_a_model_with_one_logit_for_two_classes():
    agree(single("text", loss="binary_cross_entropy"), "text")


def test_a_model_takes_one_tensor_for_each_encoding():
    model = blend("many")
    module = to_torch(model)
    assert module.classes == model.classes
    assert module.inputs == tuple(encoding.input_names for encoding in encodings(model))
    with pytest.raises(ValueError, match="This model takes 2 tensors of features, not 1"):
        module(torch.zeros(1, len(module.inputs[0])))


@pytest.mark.parametrize("target", ["many", "values", "boolean"])
def test_a_model_comes_back_from_a_file(target, tmp_path):
    model, path = blend(target), tmp_path / "model.safetensors"
    save_torch(model, path)
    module = load_torch(path)
    assert (module.classes, module.inputs) == (model.classes, to_torch(model).inputs)
    np.testing.assert_array_equal(outputs(module, model, target), outputs(to_torch(model), model, target))
    assert not module.training
    assert [*tmp_path.iterdir()] == [path]


def test_a_file_is_read_with_pytorch_alone_as_documented(tmp_path):
    network = Sequential(Linear(2, 3), Activation("leaky_relu"), Activation("gelu_tanh"), Dropout(0.1), Linear(3, 1))
    model, path = small(network, network.initialize(0)), tmp_path / "model.safetensors"
    save_torch(model, path)
    documented = inspect.getdoc(pytorch).split("is::\n")[1].split("The class")[0]
    scope = {"path": path, "json": json, "nn": nn, "safe_open": safe_open}
    exec(textwrap.dedent(documented), scope)
    x = torch.ones(4, 2)
    assert torch.equal(scope["network"].eval()(x), load_torch(path).networks[0](x))


def spoiled(change):
    """What a file holds, after a change: (architecture, tensors)."""
    model = single("many", **WAVES)
    record, tensors = json.loads(json.dumps(pytorch._architecture(model))), pytorch._state(model)
    change(record, tensors)
    return record, tensors


def first_layers(record):
    return record["networks"][0]["layers"]


SPOILED = {
    "an unknown layer": lambda r, t: first_layers(r).append(["Module", {}]),
    "a function": lambda r, t: first_layers(r).append(["modules.os.system", {"command": "true"}]),
    "another argument": lambda r, t: first_layers(r)[-1][1].update(device="cpu"),
    "a missing argument": lambda r, t: first_layers(r)[-1][1].popitem(),
    "a huge layer": lambda r, t: first_layers(r)[-1][1].update(out_features=10**12),
    "a size beyond 64 bits": lambda r, t: first_layers(r)[-1][1].update(out_features=10**30),
    "a negative size": lambda r, t: first_layers(r)[-1][1].update(out_features=-1),
    "a size that is text": lambda r, t: first_layers(r)[-1][1].update(out_features="1"),
    "a column that is not there": lambda r, t: first_layers(r)[1][1]["columns"].__setitem__(0, 10**9),
    "a column before the first": lambda r, t: first_layers(r)[1][1]["columns"].__setitem__(0, -1),
    "a column that is text": lambda r, t: first_layers(r)[1][1]["columns"].__setitem__(0, "1"),
    "huge waves": lambda r, t: first_layers(r)[1][1].update(frequencies=10**12),
    "a column of ramps that is not there": lambda r, t: first_layers(r)[2][1]["columns"].__setitem__(0, 10**9),
    "huge ramps": lambda r, t: first_layers(r)[2][1].update(bins=10**12),
    "no ramps": lambda r, t: first_layers(r)[2][1].update(bins=0),
    "more scales": lambda r, t: first_layers(r)[3][1].update(inputs=1),
    "layers that are none": lambda r, t: r["networks"][0].update(layers="Linear"),
    "a missing layer": lambda r, t: first_layers(r).pop(),
    "a source that is not there": lambda r, t: r["networks"][0].update(source=1),
    "no networks": lambda r, t: r.pop("networks"),
    "classes that are none": lambda r, t: r.update(classes=3),
    "inputs that are none": lambda r, t: r.update(inputs=[1]),
    "a missing tensor": lambda r, t: t.pop("shares"),
    "one tensor more": lambda r, t: t.update(more=torch.zeros(1)),
    "another shape": lambda r, t: t.update(mean=torch.zeros(2)),
}


@pytest.mark.parametrize("name", SPOILED)
def test_a_file_that_was_changed_is_refused(name, tmp_path):
    record, tensors = spoiled(SPOILED[name])
    path = tmp_path / "model.safetensors"
    save_file(tensors, path, metadata={"architecture": json.dumps(record)})
    with pytest.raises(InputError, match=r"model.safetensors: This is not what save_torch wrote: "):
        load_torch(path)


@pytest.mark.parametrize("metadata", [None, {}, {"architecture": "{"}, {"architecture": "[]"}], ids=str)
def test_a_file_without_an_architecture_is_refused(metadata, tmp_path):
    save_file({"w": torch.zeros(1)}, tmp_path / "w", metadata=metadata)
    with pytest.raises(InputError):
        load_torch(tmp_path / "w")


def test_files_of_another_kind_are_refused(tmp_path):
    torch.save({"w": torch.zeros(1)}, tmp_path / "pickle.pt")
    with pytest.raises(InputError):
        load_torch(tmp_path / "pickle.pt")
    with pytest.raises(FileNotFoundError):
        load_torch(tmp_path / "none")


def test_without_the_package_a_message_says_what_to_install(monkeypatch):
    net = NETWORKS["relu"]
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ImportError, match=r"needs torch, which is not installed: pip install 'schuss\[torch\]'"):
        to_torch(net, net.initialize(0))
