"""Where no LiteRT can be had the package imports, explains itself, and detects with its own engine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

Run = Callable[..., CompletedProcess[str]]

IMPORT_EACH_MODULE_ALONE = """
import importlib, os, pkgutil, sys, traceback
import aiohttp.web, click, cv2, numpy, pydantic, yaml  # required, therefore present: loaded once for all

import edge_mbv2
names = [module.name for module in pkgutil.walk_packages(edge_mbv2.__path__, "edge_mbv2.")]
names.remove("edge_mbv2.__main__")  # a command, not a module to import
for loaded in [name for name in sys.modules if name.startswith("edge_mbv2")]:
    del sys.modules[loaded]
for name in names:
    child = os.fork()
    if not child:
        try:
            importlib.import_module(name)
        except BaseException:
            print(f"import {name}:", traceback.format_exc(), file=sys.stderr, flush=True)
            os._exit(1)
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        sys.exit(1)
print(len(names))
"""


def test_every_module_can_be_imported_first(without_litert: Path, run: Run) -> None:
    result = run(without_litert / "bin/python", "-c", IMPORT_EACH_MODULE_ALONE)
    assert result.returncode == 0, result.stderr
    assert int(result.stdout) > 50


@pytest.mark.parametrize("package", ["ai_edge_litert", "tflite_runtime"])
def test_there_is_no_litert(package: str, without_litert: Path, run: Run) -> None:
    result = run(without_litert / "bin/python", "-c", f"import {package}")
    assert f"No module named '{package}'" in result.stderr


def test_litert_asked_for_is_an_engine_error(without_litert: Path, run: Run) -> None:
    result = run(
        without_litert / "bin/edge-mbv2", "run", "--camera", "demo", "--no-web", "--engine", "litert"
    )
    assert result.returncode == 5, result.stderr
    assert "ai-edge-litert" in result.stderr
    assert "Traceback" not in result.stderr


def test_the_selftest_passes_on_the_own_engine_alone(without_litert: Path, run: Run) -> None:
    result = run(without_litert / "bin/edge-mbv2", "selftest", "--model", "ssdlite_mobilenet_v2_person")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "  ok   numpy    against its reference: 0 of" in result.stdout
    assert "  -    litert   not used: LiteRT can't be used" in result.stdout
    assert max(len(line) for line in result.stdout.splitlines()) <= 80


def test_the_own_engine_writes_the_records_that_litert_writes(
    without_litert: Path, installed: Path, run: Run
) -> None:
    arguments = ("run", "--camera", "demo", "--every-frame", "--json", "--no-web")
    own = run(without_litert / "bin/edge-mbv2", *arguments)
    assert own.returncode == 0, own.stderr
    assert "on numpy: NumPy" in own.stderr
    litert = run(installed / "bin/edge-mbv2", *arguments)
    assert own.stdout.replace('"engine":"numpy"', '"engine":"litert"') == litert.stdout != ""
