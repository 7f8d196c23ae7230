"""Fixtures for every test, and the rule about skips."""

from __future__ import annotations

import importlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from fakes.v4l2 import FakeV4L2

TESTS = Path(__file__).resolve().parent
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # under nohup it is ignored, and what ignores it is not tested
# A busy machine may let any example wait.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")
SHARED = Path(os.environ.get("EDGE_MBV2_SHARED", TESTS.parent.parent / "shared"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--no-skips", action="store_true", help="count a skipped test as failed")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep a folder's tests in one process, so that what they share is made once."""
    for item in items:
        item.add_marker(pytest.mark.xdist_group(item.path.relative_to(TESTS).parts[0]))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo) -> object:
    outcome = yield
    report = outcome.get_result()
    if report.skipped and item.config.getoption("--no-skips") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, where every test must run: {report.longrepr}"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of models and labelled pictures that only tests use."""
    if not SHARED.is_dir():
        pytest.skip(f"no shared test material at {SHARED} (set EDGE_MBV2_SHARED)")
    return SHARED


@pytest.fixture(scope="session")
def v4l2_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library that shows programs a V4L2 camera."""
    from fakes.v4l2 import compile_library

    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("no C compiler to build the V4L2 camera with (install gcc)")
    library = tmp_path_factory.mktemp("v4l2") / "device.so"
    compile_library(compiler, library)
    return library


@pytest.fixture
def v4l2_device(v4l2_library: Path, tmp_path: Path) -> FakeV4L2:
    """A camera at ``/dev/video0`` for programs that the test starts."""
    from fakes.v4l2 import FakeV4L2

    folder = tmp_path / "v4l2"
    folder.mkdir()
    return FakeV4L2(v4l2_library, folder)


@pytest.fixture(scope="session")
def gstreamer_python() -> str:
    """A Python that has GStreamer's RTSP server, which is the system's."""
    python = "/usr/bin/python3"
    bindings = "import gi; gi.require_version('GstRtspServer', '1.0'); gi.require_version('Gst', '1.0')"
    try:
        subprocess.run([python, "-c", bindings], check=True, capture_output=True, timeout=100)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip(
            "no RTSP server (install python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-base "
            "gstreamer1.0-plugins-good gstreamer1.0-plugins-ugly)"
        )
    return python


@pytest.fixture
def raspberry(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """A stand-in for picamera2, with one camera; its `FOUND` and `TROUBLE` may be changed."""
    monkeypatch.syspath_prepend(Path(__file__).parent / "fakes" / "raspberry")
    for name in ("picamera2", "libcamera"):
        sys.modules.pop(name, None)
    yield importlib.import_module("picamera2")
    for name in ("picamera2", "libcamera"):
        sys.modules.pop(name, None)
