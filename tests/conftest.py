"""Fixtures for every test, and the rule about skips."""

import os
from pathlib import Path

import pytest

SHARED = Path(os.environ.get("EDGE_MBV2_SHARED", Path(__file__).resolve().parent.parent.parent / "shared"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--no-skips", action="store_true", help="count a skipped test as failed")


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
