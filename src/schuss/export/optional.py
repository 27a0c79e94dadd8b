"""Packages that only exports need."""

from importlib import import_module


def require(package: str) -> None:
    """See that a package is installed.

    Raises:
        ImportError: it is not installed; the message says how to.
    """
    try:
        import_module(package)
    except ModuleNotFoundError as error:
        if error.name != package:
            raise
        remedy = f"pip install 'schuss[{package}]'"
        raise ImportError(f"This export needs {package}, which is not installed: {remedy}.", name=package) from None
