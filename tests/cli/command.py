"""The command in a process of its own, and what it is called with."""

import json
import os
import pty
import re
import select
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

QUICK = ["--members", "4", "--epochs", "3", "--hidden-layer-sizes", "8", "--activation", "tanh"]
QUICK += ["--dropout", "0", "--l2", "0"]

COLOUR = re.compile(r"\x1b\[(\d+;)*(3|4|9|10)[0-8](?=[;m])")

START = """import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)  # a job in the background ignores it
os.execv(sys.executable, [sys.executable, "-m", "schuss", *sys.argv[1:]])"""

MIXED = {
    "id": [f"p{k:03d}" for k in range(80)],
    "age": [None if k % 9 == 0 else k % 50 for k in range(80)],
    "도시": ["서울", "부산", "[red]", "대구"] * 20,
    "day": [f"2024-{1 + k % 12:02d}-{1 + k % 28:02d}" for k in range(80)],
    "ok": ["yes", "no"] * 40,
    "same": [7] * 80,
    "\x1b[31mred": [k * k % 31 for k in range(80)],
    "who": [k % 8 for k in range(80)],
    "y": [None if k == 5 else "ab"[k % 3 == 0] for k in range(80)],
}


class Called(Exception):
    """Raised in place of a run."""


def on_terminal(arguments, folder, environment, *, stop=None, at=None):
    """Run the command in a process whose stderr is a terminal; send the signal ``stop`` once ``at`` is to be read."""
    terminal, slave = pty.openpty()
    command = [sys.executable, "-c", START, *arguments]
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=slave) as process:
        os.close(slave)
        seen, deadline = b"", time.monotonic() + 120
        try:
            while time.monotonic() < deadline:
                if not select.select([terminal], [], [], 1)[0]:
                    continue
                try:
                    seen += os.read(terminal, 65536)
                except OSError:  # the other end is closed
                    break
                if stop and re.search(at, seen):
                    process.send_signal(stop)
                    stop = None
            out = process.communicate(timeout=60)[0]
        finally:
            process.kill()
            os.close(terminal)
    return SimpleNamespace(status=process.returncode, out=out.decode(), err=seen.decode(), folder=folder)


def the_run(folder="runs"):
    """The one run in a folder: its path and its record."""
    (path,) = Path(folder).iterdir()
    return path, json.loads((path / "run.json").read_text())
