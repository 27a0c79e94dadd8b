"""The command ``schuss``: words in, a job done; results on stdout, progress on stderr.

Exit status: 0 done, 1 failed, 2 wrong use or bad input, 130 Ctrl-C, 143 SIGTERM.
"""

from schuss.cli.app import app as app
from schuss.cli.app import main as main
from schuss.cli.lab import lab as lab
from schuss.cli.train import inspect as inspect
from schuss.cli.train import train as train
from schuss.cli.use import evaluate as evaluate
from schuss.cli.use import export as export
from schuss.cli.use import predict as predict
from schuss.cli.use import report as report
