"""The product as its user has it: built, installed into an empty virtualenv, run from elsewhere."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]

Run = Callable[..., subprocess.CompletedProcess[str]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give the tests here time to download what they install."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.timeout(900))


def _checked(*command: str | Path) -> None:
    result = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True)
    if result.returncode:
        pytest.fail(f"{' '.join(map(str, command))}\n{result.stdout}{result.stderr}", pytrace=False)


def _site_packages(venv: Path) -> Path:
    return venv / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"


@pytest.fixture(scope="session")
def pip() -> Callable[..., None]:
    """``pip(venv, *arguments)``: run pip on a virtualenv, which is made if it is missing."""

    def run_pip(venv: Path, *arguments: str | Path) -> None:
        if not venv.exists():
            _checked(sys.executable, "-m", "venv", "--without-pip", venv)
        _checked(sys.executable, "-m", "pip", "--python", venv / "bin" / "python", "-q", *arguments)

    return run_pip


@pytest.fixture(scope="session")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source distribution, built from the checkout."""
    folder = tmp_path_factory.mktemp("sdist")
    _checked(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", folder)
    return next(folder.iterdir())


@pytest.fixture(scope="session")
def wheel(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built as pip builds it, from nothing but the source distribution."""
    folder = tmp_path_factory.mktemp("wheel")
    _checked(sys.executable, "-m", "pip", "-q", "wheel", "--no-deps", "-w", folder, sdist)
    return next(folder.iterdir())


@pytest.fixture(scope="session")
def installed(wheel: Path, pip: Callable[..., None], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtualenv that holds the wheel, what it requires, and nothing else."""
    venv = tmp_path_factory.mktemp("installed") / "a venv"
    pip(venv, "install", wheel)
    return venv


@pytest.fixture(scope="session")
def without_litert(
    installed: Path, wheel: Path, pip: Callable[..., None], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The same virtualenv on a machine for which nobody builds LiteRT."""
    venv = tmp_path_factory.mktemp("without-litert") / "venv"
    pip(venv, "install", "--no-deps", wheel)
    shutil.copytree(
        _site_packages(installed),
        _site_packages(venv),
        ignore=shutil.ignore_patterns("ai_edge_litert*", "tflite_runtime*", "edge_mbv2*"),
        copy_function=os.link,
        dirs_exist_ok=True,
    )
    return venv


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """``run(*command)``: run it in an empty folder, untouched by the environment of the tests."""

    def run_elsewhere(*command: str | Path) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "LANG": "C.UTF-8"}
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL
        )

    return run_elsewhere
