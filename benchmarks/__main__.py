"""Print the README's tables of speeds: every contender in a process of its own, in turn, medians of several rounds."""

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.contenders import CONTENDERS
from benchmarks.workloads import WORKLOADS

ROUNDS = 5
SCHUSS = Path(sys.executable).with_name("schuss")


def main() -> None:
    print(f"{machine()}; medians of {ROUNDS} rounds, contenders in turn\n")
    print("| microseconds a member-step | " + " | ".join(w.name for w in WORKLOADS.values()) + " |")
    print("|---|" + "---|" * len(WORKLOADS))
    found = {key: race(key) for key in WORKLOADS}
    for name in CONTENDERS:
        if name != "matrix multiply":
            print(f"| {name} | " + " | ".join(f"{found[key][name] * 1e6:,.1f}" for key in WORKLOADS) + " |")
    population, alone = "schuss, 64 members, 6 optimizers", "schuss, one network"
    print("\n| ratio | " + " | ".join(w.name for w in WORKLOADS.values()) + " |")
    print("|---|" + "---|" * len(WORKLOADS))
    for name, seconds in (("a member of the population", population), ("one network alone", alone)):
        for other in ("PyTorch", *list(CONTENDERS)[5:8]):
            cells = [f"{best(found[key], other) / found[key][seconds]:.1f}×" for key in WORKLOADS]
            print(f"| {other} / {name} | " + " | ".join(cells) + " |")
    mixing = [f"{found[key][population] / found[key]['schuss, 64 members, Adam']:.2f}×" for key in WORKLOADS]
    print("| six optimizers / one optimizer | " + " | ".join(mixing) + " |")
    shares = [
        WORKLOADS[key].flops / found[key][population] / (2 * 1024**3 / found[key]["matrix multiply"])
        for key in WORKLOADS
    ]
    print("| share of the machine's 1024³ matrix multiply | " + " | ".join(f"{share:.0%}" for share in shares) + " |")
    print("\n" + large_table())
    print("\n" + starts())


def race(key: str) -> dict[str, float]:
    """Seconds of one member-step of every contender."""
    command = [sys.executable, "-m", "benchmarks.contenders"]
    running = {
        name: subprocess.Popen([*command, name, key], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for name in CONTENDERS
    }
    for process in running.values():
        answer(process)
    times: dict[str, list[float]] = {name: [] for name in CONTENDERS}
    for _ in range(ROUNDS):
        for name, process in running.items():
            process.stdin.write("go\n")
            process.stdin.flush()
            times[name].append(float(answer(process)))
    for process in running.values():
        process.stdin.close()
        process.wait()
    return {name: statistics.median(measured) for name, measured in times.items()}


def answer(process: subprocess.Popen) -> str:
    line = process.stdout.readline().strip()
    if not line:
        raise RuntimeError(f"a contender failed: {process.args}")
    return line


def best(found: dict[str, float], name: str) -> float:
    """The time of a contender; for PyTorch of the better number of threads."""
    if name == "PyTorch":
        return min(seconds for other, seconds in found.items() if other.startswith("PyTorch, fused"))
    return found[name]


def large_table() -> str:
    rows = [
        "| 5,000,000 × 28 in mini-batches of 1,000 | seconds an epoch and member | peak memory, GiB |",
        "|---|---|---|",
    ]
    for name in ("schuss", "torch"):
        out = subprocess.run([sys.executable, "-m", "benchmarks.large_table", name], stdout=subprocess.PIPE, check=True)
        told = json.loads(out.stdout)
        label = {"schuss": "schuss, 2 members at once", "torch": "PyTorch, DataLoader"}[name]
        rows.append(f"| {label} | {told['seconds']:.1f} | {told['peak']:.1f} |")
    return "\n".join(rows)


def starts() -> str:
    train = [SCHUSS, "train", "digits", "--members", "8", "--epochs", "5"]
    with tempfile.TemporaryDirectory() as folder:
        cache = {**os.environ, "XDG_CACHE_HOME": folder}
        cold = wall(train, folder, cache)
        warm = statistics.median(wall(train, folder, cache) for _ in range(3))
        helped = statistics.median(wall([SCHUSS, "--help"], folder, cache) for _ in range(ROUNDS))
    rows = ["| command | seconds |", "|---|---|"]
    rows += [f"| `schuss train digits --members 8 --epochs 5`, nothing compiled yet | {cold:.1f} |"]
    rows += [f"| the same again | {warm:.1f} |", f"| `schuss --help` | {helped:.2f} |"]
    return "\n".join(rows)


def wall(command: list, folder: str, environment: dict[str, str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - started


def machine() -> str:
    cpu = next(
        (line for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line), platform.machine()
    )
    simd = np.show_config(mode="dicts")["SIMD Extensions"]["found"]
    return f"{os.cpu_count()} cores of {cpu.split(':')[-1].strip()} ({simd[-1] if simd else 'no SIMD'})"


if __name__ == "__main__":
    main()
