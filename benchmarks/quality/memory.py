"""The most memory that a process and its children held at once."""

import threading
from typing import Self

import psutil

SECONDS = 0.05


class Peak:
    """Looks every ``SECONDS`` while the block runs; ``mib`` has the peak.

    ``of_children`` leaves out the process itself, where the work is done by a command that it started.
    """

    def __init__(self, of_children: bool) -> None:
        self.mib = 0.0
        self._process, self._of_children = psutil.Process(), of_children
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while True:
            children = self._process.children(recursive=True)
            held = sum(_held(each) for each in (children if self._of_children else [self._process, *children]))
            self.mib = max(self.mib, held / 2**20)
            if self._over.wait(SECONDS):
                return


def _held(process: psutil.Process) -> int:
    try:
        return process.memory_info().rss
    except psutil.Error:  # it has ended
        return 0
