"""Functions run in a process of their own."""

import inspect
import json
import subprocess
import sys


def in_a_fresh_process(function, before=""):
    """What a function that is complete in itself returns there."""
    source = f"import json\n{before}\n{inspect.getsource(function)}\nprint(json.dumps({function.__name__}()))"
    finished = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, timeout=300)
    assert finished.returncode == 0, finished.stderr
    return json.loads(finished.stdout)
