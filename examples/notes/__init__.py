"""The notes' own code examples, each in PyTorch and in schuss (notes B10).

Every module has ``inputs()``, the numbers that both are given, and ``with_pytorch`` and ``with_schuss``, which take
them and return what the note prints, by name. Where its output can be had again, ``NOTE`` is what is printed there.
``python -m examples.notes`` shows all of them side by side.
"""

EXAMPLES = (
    "perceptron",
    "multi_layer_perceptron",
    "tensor",
    "linear",
    "flatten",
    "relu",
    "softmax",
    "mse",
    "cross_entropy",
    "backpropagation",
    "sgd",
    "momentum",
    "adamw",
    "mini_batches",
    "weighted_average",
    "averaged_momentum",
    "rmsprop",
    "adam",
    "training_loop",
)
"""Names of the modules: thirteen from the note on perceptrons, then six from the note on optimisation."""
