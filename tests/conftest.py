"""The command as tests call it."""

import signal
import stat
from types import SimpleNamespace

import pytest

from schuss.cli import main


@pytest.fixture
def schuss(capsys, tmp_path, monkeypatch):
    """The command, in this process and an empty folder: arguments → status, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    handler = signal.getsignal(signal.SIGTERM)

    def call(*arguments):
        with pytest.raises(SystemExit) as end:
            main([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        return SimpleNamespace(status=end.value.code or 0, out=printed.out, err=printed.err)

    yield call
    signal.signal(signal.SIGTERM, handler)  # the command handles it from its start


@pytest.fixture
def refused(schuss, tmp_path):
    """The command, expected to refuse: status 2, words on stderr only, and no file made or changed."""

    def content(path):
        state = path.lstat()
        return state.st_mode, state.st_mtime_ns, path.read_bytes() if stat.S_ISREG(state.st_mode) else None

    def files():
        return {path: content(path) for path in tmp_path.rglob("*")}

    def call(*arguments):
        before = files()
        result = schuss(*arguments)
        assert files() == before
        assert (result.status, result.out) == (2, "")
        assert "Traceback" not in result.err
        assert result.err.strip()
        assert all(letter.isprintable() or letter.isspace() for letter in result.err)
        return " ".join(result.err.split())

    return call
