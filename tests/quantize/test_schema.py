"""Where the extra is not installed, a message says which."""

import sys

import numpy as np
import pytest
from fakes import float_models

from edge_mbv2.errors import EngineError
from edge_mbv2.quantize import Recipe, dump, load, quantize


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> bytes:
    """A model, made before flatbuffers goes away."""
    data = float_models.classifier()
    monkeypatch.setitem(sys.modules, "flatbuffers", None)
    return data


def test_without_flatbuffers_the_extra_is_named(model: bytes) -> None:
    with pytest.raises(EngineError, match=r"pip install 'edge-mbv2\[quantize\]'"):
        load(model)


def test_nothing_can_be_written_either(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = load(float_models.classifier())
    monkeypatch.setitem(sys.modules, "flatbuffers", None)
    with pytest.raises(EngineError, match=r"edge-mbv2\[quantize\]"):
        dump(graph)


def test_nor_quantized(model: bytes) -> None:
    with pytest.raises(EngineError, match=r"edge-mbv2\[quantize\]"):
        quantize(model, [np.zeros((8, 8, 3), np.uint8)], Recipe())


@pytest.mark.parametrize("module", ["ai_edge_litert.schema_py_generated", "ai_edge_litert.interpreter"])
def test_without_litert_the_extra_is_named(monkeypatch: pytest.MonkeyPatch, module: str) -> None:
    data = float_models.classifier()
    package, name = module.split(".")
    monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.delattr(sys.modules[package], name, raising=False)
    with pytest.raises(EngineError, match=r"edge-mbv2\[quantize\]"):
        quantize(data, [np.zeros((8, 8, 3), np.uint8)], Recipe())
