"""Compiled programs are kept on disk from run to run, and entries that cannot be read are thrown away."""

import functools
import sys
from pathlib import Path
from typing import Any

import jax
import platformdirs

try:
    from jax._src import compilation_cache
except ImportError:  # it is JAX's own module, and may move: then JAX deals with broken entries in its own way
    compilation_cache = None

READER = "get_executable_and_time"
"""JAX's function that reads an entry."""

LEAST_SECONDS = 0.1
"""Programs that compile faster than this are not kept."""


@functools.cache
def keep_compilations() -> None:
    """Switch on JAX's persistent compilation cache in the user's cache folder, unless the user has chosen another."""
    if jax.config.jax_compilation_cache_dir is None:  # pyright: ignore[reportAttributeAccessIssue]
        jax.config.update("jax_compilation_cache_dir", platformdirs.user_cache_dir("schuss"))
        jax.config.update("jax_persistent_cache_min_compile_time_secs", LEAST_SECONDS)
    if hasattr(compilation_cache, READER):
        setattr(compilation_cache, READER, _removing_broken(getattr(compilation_cache, READER)))


def _removing_broken(read: Any) -> Any:
    """JAX's reader of one entry, which removes an entry that it cannot read, so that the program is kept anew.

    JAX itself warns, compiles, and leaves the broken entry in the way of the new one: an entry cut short by a full
    disk would cost a compilation in every later run.
    """

    @functools.wraps(read)
    def reader(cache_key: str, *more: Any, **named: Any) -> Any:
        try:
            return read(cache_key, *more, **named)
        except Exception as error:
            if jax.config.jax_raise_persistent_cache_errors:  # pyright: ignore[reportAttributeAccessIssue]
                raise
            folder = jax.config.jax_compilation_cache_dir  # pyright: ignore[reportAttributeAccessIssue]
            entry = Path(folder) / f"{cache_key}-cache"
            try:
                entry.unlink(missing_ok=True)
            except OSError:
                raise error from None
            print(f"schuss: removed {entry}, which could not be read; its program is compiled again", file=sys.stderr)
            return None, None

    return reader
