"""The engine's own lines become log records; everybody else's stay where they were going."""

import subprocess
import sys

CAPTURE = """
import logging, os
from edge_mbv2.inference.native_log import captured
logging.basicConfig(level="DEBUG", format="%(levelname)s|%(message)s")
os.write(2, b"INFO: before\\n")
try:
    with captured(logging.getLogger("engine")):
        os.write(2, b"INFO: Created a delegate.\\nWARNING: slow\\nE0000 00:00:1700000000.0 1 x.cc:1] oh\\n")
        os.write(2, b"from another thread\\n")
        raise KeyError
except KeyError:
    pass
os.write(2, b"INFO: after\\n")
"""

CLOSED = """
import logging, os
from edge_mbv2.inference.native_log import captured
os.close(2)
with captured(logging.getLogger("engine")):
    print("worked")
"""


def run(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)


def test_lines_of_the_engine_are_logged_and_others_passed_on() -> None:
    assert run(CAPTURE).stderr.splitlines() == [
        "INFO: before",
        "DEBUG|INFO: Created a delegate.",
        "DEBUG|WARNING: slow",
        "DEBUG|E0000 00:00:1700000000.0 1 x.cc:1] oh",
        "from another thread",
        "INFO: after",
    ]


def test_a_closed_standard_error_is_no_obstacle() -> None:
    assert run(CLOSED).stdout == "worked\n"
