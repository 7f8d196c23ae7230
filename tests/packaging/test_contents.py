"""What travels in the wheel and in the source distribution, and what stays at home."""

from __future__ import annotations

import tarfile
import zipfile
from pathlib import Path

import pytest

from edge_mbv2 import __version__

CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def in_wheel(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.fixture(scope="module")
def in_sdist(sdist: Path) -> set[str]:
    with tarfile.open(sdist) as archive:
        return {name.partition("/")[2] for name in archive.getnames()}


def _shipped(folder: str, *patterns: str) -> set[Path]:
    found = {file for pattern in patterns for file in (CHECKOUT / folder).glob(pattern) if file.is_file()}
    assert found, f"the checkout has no {patterns} in {folder}"
    return {file.relative_to(CHECKOUT) for file in found}


def test_the_wheel_fits_any_machine(wheel: Path) -> None:
    assert wheel.name == f"edge_mbv2-{__version__}-py3-none-any.whl"


def test_every_module_is_in_the_wheel(in_wheel: set[str]) -> None:
    assert {str(path) for path in _shipped("edge_mbv2", "**/*.py", "py.typed")} <= in_wheel


def test_weights_and_unit_are_below_the_package(in_wheel: set[str]) -> None:
    outside = _shipped("weights", "*.tflite", "*.yaml", "SOURCES.md") | _shipped("systemd", "*")
    assert {f"edge_mbv2/data/{path}" for path in outside} <= in_wheel


def test_page_demo_clip_and_selftest_are_in_the_wheel(in_wheel: set[str]) -> None:
    inside = _shipped("edge_mbv2/web/static", "**/*") | _shipped("edge_mbv2/data", "**/*")
    assert {str(path) for path in inside} <= in_wheel


def test_the_wheel_holds_the_package_and_its_metadata_only(in_wheel: set[str]) -> None:
    assert {name.partition("/")[0] for name in in_wheel} == {
        "edge_mbv2",
        f"edge_mbv2-{__version__}.dist-info",
    }


def test_no_test_recipe_or_cache_is_in_the_wheel(in_wheel: set[str]) -> None:
    unwanted = {"tests", "recipe", "fresh", "__pycache__"}
    assert not [name for name in in_wheel if unwanted & set(Path(name).parts) or "/." in name]


def test_no_test_or_cache_is_in_the_source_distribution(in_sdist: set[str]) -> None:
    unwanted = {"tests", ".ci", ".cache", ".venv", "__pycache__"}
    assert not [name for name in in_sdist if unwanted & set(Path(name).parts)]


@pytest.mark.parametrize("name", ["LICENSE", "NOTICE"])
def test_the_licences_travel(name: str, wheel: Path, in_sdist: set[str]) -> None:
    with zipfile.ZipFile(wheel) as archive:
        text = archive.read(f"edge_mbv2-{__version__}.dist-info/licenses/{name}").decode()
    assert text == (CHECKOUT / name).read_text()
    assert text.strip()
    assert name in in_sdist
