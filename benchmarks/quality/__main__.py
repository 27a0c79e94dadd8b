"""How well schuss predicts real tables beside the best known libraries; every fit in a process of its own.

What ``results.csv`` already has from the same version of a contender is not measured again.
"""

import argparse
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.__main__ import machine
from benchmarks.quality import results
from benchmarks.quality.contenders import CONTENDERS
from benchmarks.quality.report import report
from benchmarks.quality.tables import QUICK, TABLES

ROOT = Path(__file__).parents[2]
MODULE = ["-m", "benchmarks.quality.contenders"]


def main() -> None:
    asked = arguments()
    own, theirs = versions(sys.executable), versions(asked.python)
    pythons = {name: sys.executable if own[name] or not theirs[name] else asked.python for name in own}
    if not asked.report:
        for name in asked.contenders:
            version = own[name] or theirs[name]
            if version is None:
                print(f"{name} is left out: its package is missing; the extra bench has it.", file=sys.stderr)
            else:
                race(name, version, pythons[name], asked)
    found = results.newest(results.read())
    for column, chosen in (("contender", asked.contenders), ("table", asked.tables), ("seed", asked.seeds)):
        found = found[found[column].isin(chosen)]
    print(report(found, asked.contenders))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality", description=__doc__)
    parser.add_argument("--quick", action="store_true", help=f"only {len(QUICK)} of the {len(TABLES)} tables")
    parser.add_argument("--tables", type=names_of(TABLES), metavar="A,B", help="only these tables, in this order")
    parser.add_argument("--contenders", type=names_of(CONTENDERS), metavar="A,B", default=list(CONTENDERS))
    parser.add_argument("--seeds", type=seeds, default=[0], metavar="0,1")
    parser.add_argument("--again", action="store_true", help="measure also what has been measured")
    parser.add_argument("--report", action="store_true", help="measure nothing, print what has been measured")
    parser.add_argument(
        "--python",
        default=os.environ.get("BENCH_PYTHON", sys.executable),
        metavar="PATH",
        help="the Python that has the other libraries, where it is not this one (or BENCH_PYTHON)",
    )
    asked = parser.parse_args()
    asked.tables = asked.tables or list(QUICK if asked.quick else TABLES)
    return asked


def names_of(known: dict):
    def names(text: str) -> list[str]:
        unknown = [each for each in text.split(",") if each not in known]
        if unknown:
            raise argparse.ArgumentTypeError(f"{unknown[0]!r} is none of {', '.join(known)}")
        return text.split(",")

    return names


def seeds(text: str) -> list[int]:
    return [int(each) for each in text.split(",")]


def versions(python: str) -> dict[str, str | None]:
    return json.loads(subprocess.check_output([python, *MODULE], cwd=ROOT))


def race(name: str, version: str, python: str, asked: argparse.Namespace) -> None:
    """Measure a contender on all tables and seeds, and keep each line as soon as it is there."""
    lines = results.read()
    known = lines[(lines["contender"] == name) & (lines["version"] == version)]
    done = set(zip(known["table"], known["seed"], strict=True))
    for seed in asked.seeds:
        for table in asked.tables:
            if (table, seed) in done and not asked.again and not version.endswith("-dirty"):
                continue
            told = subprocess.run(
                [python, *MODULE, name, table, str(seed)], cwd=ROOT, capture_output=True, text=True, check=False
            )
            if told.returncode:
                print(f"{name} failed on {table} with seed {seed}: {told.stderr.strip()[-2000:]}", file=sys.stderr)
                continue
            measured = {key: rounded(value) for key, value in json.loads(told.stdout.splitlines()[-1]).items()}
            what = {"table": table, "seed": seed, "contender": name, "version": version}
            when = {"machine": machine(), "date": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"}
            results.append(what | measured | when)
            print(f"{name}, {table}, seed {seed}: {measured}", file=sys.stderr, flush=True)


def rounded(value: float | None) -> float | str:
    return "" if value is None else float(f"{value:.6g}")


if __name__ == "__main__":
    main()
