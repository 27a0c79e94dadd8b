"""What tests of commands on hostile and clumsy tables share: a table, files of it, and being refused in a line."""

import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

N = 120
ROWS = "a,b,y\n" + "".join(f"{k},{k * k % 7},{'no' if k % 2 else 'yes'}\n" for k in range(20))
"""A table on which anybody can train."""

MESSAGE = r"schuss: .+: .+[.?] [A-Z].+"


def good(rows=N) -> pd.DataFrame:
    """A table with every kind of column."""
    k = np.arange(rows)
    return pd.DataFrame(
        {
            "id": [f"{n:04d}" for n in k],
            "size": np.sin(k),
            "count": k * 7 % 23,
            "도시": np.array(["서울", "부산", "제주"])[k % 3],
            "street": [f"s{n % 40}" for n in k],
            "day": [f"2024-{1 + n % 12:02d}-{1 + n % 28:02d}" for n in k],
            "ok": np.where(k % 2, "yes", "no"),
            "y": np.where(np.sin(k) > 0, "합격", "불합격"),
        }
    )


def csv(frame) -> bytes:
    return frame.to_csv(index=False).encode()


def parquet(table) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(table if isinstance(table, pa.Table) else pa.table(table), sink)
    return sink.getvalue().to_pybytes()


def refuses(refused, said, *command):
    """The message, which has the form of all messages and says this."""
    told = refused(*command)
    assert re.fullmatch(MESSAGE, told)
    assert said in told, f"{said!r} is not in {told!r}"
    assert len(told) < 1200
