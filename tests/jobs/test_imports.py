"""What a job needs of the package: predicting draws no page."""

import subprocess
import sys

from tests.runs.made import save, trial

CODE = """
import sys
import schuss.jobs.predict
from schuss.jobs.run import Run

Run(sys.argv[1])
print([name for name in ("schuss.report", "schuss.jobs.train", "plotly", "matplotlib") if name in sys.modules])
"""


def test_predicting_imports_neither_the_report_nor_plotly(tmp_path):
    folder = save(tmp_path, "data", [trial()])
    ran = subprocess.run([sys.executable, "-c", CODE, str(folder)], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"
