"""Signals while the command works: it ends with the signal's status and keeps what is done."""

import os
import signal

import pandas as pd
import pytest

from schuss.jobs import predict as prediction
from schuss.jobs import train as experiment
from tests.cli.command import on_terminal, the_run


@pytest.mark.slow
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_training_and_keeps_what_is_done(schuss, tmp_path, environment, number, status):
    endless = ["train", "iris", "--members", "3", "--epochs", "1000000", "--patience", "1000000"]
    stopped = on_terminal(endless, tmp_path, environment, stop=number, at=rb"epoch [1-9]")
    assert stopped.status == status
    assert "Best 3 of 3 members, by validation accuracy" in stopped.out
    assert "members interrupted." in stopped.out
    assert "Traceback" not in stopped.err
    path, record = the_run()
    assert stopped.out.endswith(f"Run: {path}\n")
    assert record["interrupted"] is True
    assert max(member["epochs"] for member in record["members"]) > 0
    assert "interrupted" in [member["status"] for member in record["members"]]
    assert schuss("predict", path, "iris").status == 0
    assert len(pd.read_csv("predictions.csv")) == 150


@pytest.mark.parametrize(("command", "done"), [("train", "run"), ("predict", "predict_table")])
def test_an_interrupt_before_anything_is_done_is_no_error(schuss, monkeypatch, command, done):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(experiment if command == "train" else prediction, done, interrupted)
    result = schuss(command, "iris", *["iris"] * (command == "predict"))
    assert (result.status, result.out, result.err.strip()) == (130, "", "")
    assert os.listdir() == []
