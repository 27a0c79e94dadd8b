"""Frames of pandas, Polars and pyarrow → tables."""

from typing import TYPE_CHECKING, Any

from schuss.tables.errors import InputError, show
from schuss.tables.reading.header import require_names

if TYPE_CHECKING:
    import pyarrow as pa


def from_frame(frame: Any) -> "pa.Table":
    """A frame as a table; missing cells stay missing (NaN of pandas, too), the index of pandas is no column.

    Args:
        frame: a frame of pandas, Polars (eager or lazy), a table of pyarrow, or any other that narwhals knows.

    Raises:
        TypeError: it is none of these, or the name of a column is no text.
        InputError: a column holds cells of several types, or of one that Arrow does not know; or two columns have the
            same name.

    >>> import pandas as pd
    >>> from_frame(pd.DataFrame({"x": [1.5, None], "city": ["Seoul", None]}, index=["a", "b"])).to_pydict()
    {'x': [1.5, None], 'city': ['Seoul', None]}
    """
    import narwhals as nw
    import pyarrow as pa

    if nw.dependencies.is_pandas_dataframe(frame):
        require_names("the frame", [str(name) for name in frame.columns])
    if nw.dependencies.is_pyarrow_table(frame):
        require_names("the frame", frame.column_names)
    try:
        known: Any = nw.from_native(_plain(frame) if nw.dependencies.is_pandas_dataframe(frame) else frame)
    except TypeError:
        known = None
    if not hasattr(known, "columns"):
        raise TypeError(f"data must be a frame of pandas, Polars or pyarrow, not {type(frame).__name__}.")
    if isinstance(known, nw.LazyFrame):
        known = known.collect()
    names = list(known.columns)
    for name in names:
        if not isinstance(name, str):
            raise TypeError(f"Names of columns must be text, not {name!r}. Rename them: frame.columns.map(str).")
    try:
        table = known.to_arrow()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError) as error:
        remedy = "Convert the column, for instance to text: frame[name].astype(str)."
        found = " ".join(map(str, error.args[0] if isinstance(error.args[0], tuple) else error.args))
        raise InputError("the frame", f"A column holds cells of several types: {show(found, 200)}.", remedy) from None
    return table.select(names).replace_schema_metadata(None)


def _plain(frame: Any) -> Any:
    """A frame of pandas without sparse columns, and whose numbers have the order of bytes of this machine."""
    swapped = {
        name: type_.newbyteorder("=")
        for name, type_ in frame.dtypes.items()
        if getattr(type_, "kind", "") in "iufcmM" and getattr(type_, "byteorder", "=") in "<>"
    }
    sparse = {name: type_.subtype for name, type_ in frame.dtypes.items() if hasattr(type_, "fill_value")}
    return frame.astype(swapped | sparse) if swapped or sparse else frame
