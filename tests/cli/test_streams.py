"""What ``edge-mbv2`` does about standard streams that come closed."""

import subprocess
import sys

import pytest
from fakes.command import COMMAND, environment

OPENS_A_FILE = """
import os
from edge_mbv2 import cli
cli.cli = lambda **_: os.open("/", os.O_RDONLY)
cli.main()
"""


@pytest.mark.parametrize("closed", ["0<&-", "1>&-", "2>&-", "0<&- 1>&- 2>&-"])
def test_no_file_is_opened_in_the_place_of_a_closed_stream(closed: str) -> None:
    """It would be overwritten when an engine turns descriptor 2 aside, or printed into."""
    done = subprocess.run(
        ["sh", "-c", f'exec "$@" {closed}', "sh", sys.executable, "-c", OPENS_A_FILE],
        env=environment(),
        timeout=60,
        check=False,
    )
    assert done.returncode > 2


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("words", ["selftest", "--help", "--version", "run --help", "config init --help"])
def test_a_full_disk_is_told(words: str, unbuffered: str) -> None:
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" >/dev/full', "sh", *COMMAND, *words.split()],
        env=environment({"PYTHONUNBUFFERED": unbuffered}),
        timeout=60,
        check=False,
        text=True,
        stderr=subprocess.PIPE,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("edge-mbv2: standard output can't be written: No space left on device")
    assert len(done.stderr.splitlines()) == 1
