"""The quantizer needs LiteRT's own package; tflite-runtime has no schema to write files with."""

import importlib.util

import pytest


@pytest.fixture(autouse=True)
def _litert() -> None:
    if importlib.util.find_spec("ai_edge_litert") is None:
        pytest.skip("ai-edge-litert is not installed: quantizing needs it")
