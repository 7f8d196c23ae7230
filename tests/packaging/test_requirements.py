"""What installing asks of pip: a set that fits together and leaves a board's own NumPy alone."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

SYSTEM_NUMPY = {11: "1.24.2", 12: "1.26.4", 13: "2.2.4"}.get(sys.version_info.minor, "2.3.5")
"""What bookworm, Ubuntu 24.04 and trixie bring, and compile their picamera2 and OpenCV against."""


def test_requirements_fit_together(installed: Path, pip: Callable[..., None]) -> None:
    pip(installed, "check")


def test_a_board_keeps_its_own_numpy(wheel: Path, pip: Callable[..., None], tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    pip(tmp_path / "board", "install", f"numpy=={SYSTEM_NUMPY}")
    pip(tmp_path / "board", "install", "--dry-run", "--report", report, wheel)
    would_install = {entry["metadata"]["name"] for entry in json.loads(report.read_text())["install"]}
    assert "opencv-python-headless" in would_install
    assert "numpy" not in would_install
