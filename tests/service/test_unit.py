"""The unit file: systemd finds nothing to say about it, and it keeps the conventions."""

import configparser
import shutil
import subprocess

import pytest

from edge_mbv2 import resources

UNIT = resources.path("systemd/edge-mbv2.service")


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
def test_systemd_has_nothing_to_say() -> None:
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(UNIT)], capture_output=True, text=True, timeout=60
    )
    assert done.stdout + done.stderr == ""
    assert done.returncode == 0


def test_it_keeps_the_conventions() -> None:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(UNIT)
    service = unit["Service"]
    assert service["Type"] == "notify"
    assert service["ExecReload"] == "/bin/kill -HUP $MAINPID"
    assert service["Restart"] == "always"
    assert service["RestartPreventExitStatus"].split() == ["2", "3"]
    assert int(service["WatchdogSec"]) >= 20
    assert "video" in service["SupplementaryGroups"].split()
    assert unit["Unit"]["StartLimitIntervalSec"] == "0"
