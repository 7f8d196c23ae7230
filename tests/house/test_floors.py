"""The package's import floors: strictly downward, read from the source."""

import ast
from pathlib import Path

import pytest

import edge_mbv2

ROOT = Path(edge_mbv2.__file__).parent

FLOORS = {
    "errors": 0, "clock": 0, "tensor": 0, "types": 0, "resources": 0, "geometry": 0,
    "config": 1, "imaging": 1,
    "engine": 3,
    "inference": 4, "models": 4, "cameras": 4, "sinks": 4, "web": 4, "quantize": 4,
    "accounting": 4, "motion": 4, "regions": 4, "tracking": 4, "events": 4,
    "pipeline": 5, "service": 5,
    "app": 6, "measure": 6,
    "cli": 7,
    "__main__": 8,
}  # fmt: skip


def group_of(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def modules() -> list[Path]:
    return sorted(path for path in ROOT.rglob("*.py") if "data" not in path.relative_to(ROOT).parts)


def imports(path: Path) -> set[str]:
    """Return the groups of this package that a file imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            module = node.module or ""
            names = [f"{module}.{alias.name}" for alias in node.names] if module == "edge_mbv2" else [module]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        found |= {group_of(name) for name in names if name.startswith("edge_mbv2.")}
    return found - {"__version__"}


def own_group(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_down(path: Path) -> None:
    own = own_group(path)
    if own == "__init__":
        assert not imports(path)
        return
    floor = FLOORS[own]
    for other in imports(path) - {own}:
        assert other == "errors" or FLOORS[other] < floor, f"{own} (floor {floor}) imports {other}"


def test_every_group_has_a_floor() -> None:
    assert {own_group(path) for path in modules()} - {"__init__"} <= set(FLOORS)


OPTIONAL = {
    "ai_edge_litert": {"inference/litert.py", "quantize"},
    "tflite_runtime": {"inference/litert.py"},
    "flatbuffers": {"quantize"},
    "aiohttp": {"web"},
    "picamera2": {"cameras/picamera2"},
    "libcamera": {"cameras/picamera2"},
    "pydantic": {"config", "models/manifest.py", "models/ssdlite/manifest.py"},
}


@pytest.mark.parametrize("library", OPTIONAL)
def test_each_library_stays_in_its_adapter(library: str) -> None:
    for path in modules():
        where = str(path.relative_to(ROOT))
        for node in ast.walk(ast.parse(path.read_text())):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            if any(name.split(".")[0] == library for name in names):
                assert any(where.startswith(place) for place in OPTIONAL[library]), f"{where} names {library}"
