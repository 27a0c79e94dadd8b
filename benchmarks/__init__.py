"""Measured beside PyTorch, scikit-learn and plain JAX: ``make bench``."""
