"""The front door: what it refuses, what it says, what it keeps."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from edge_mbv2 import engine
from edge_mbv2.errors import EngineError, ModelFormatError, UnsupportedOpError
from edge_mbv2.inference.numpy_backend import NumpyBackend


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelFormatError, match=r"none\.tflite can't be read"):
        engine.load(tmp_path / "none.tflite")


@pytest.mark.parametrize("data", [b"", b"\x1c\0\0\0TFL", b"\x1c\0\0\0TFL2" + bytes(40)])
def test_what_is_not_tflite_is_refused(data: bytes) -> None:
    with pytest.raises(ModelFormatError, match=r"not a \.tflite file"):
        engine.load(data)


def test_a_truncated_model_is_refused(shared: Path) -> None:
    data = (shared / "models" / "person_int8.tflite").read_bytes()
    for size in (9, 200, len(data) // 2, len(data) - 5000):
        with pytest.raises(ModelFormatError):
            engine.load(data[:size])


def test_an_unsupported_operator_is_named_with_its_tensor(shared: Path) -> None:
    path = shared / "models" / "deeplabv3_mnv2_dm05_pascal_quant_edgetpu.tflite"
    with pytest.raises(UnsupportedOpError, match=r"1 operator.*edgetpu-custom-op \(makes 'aspp0"):
        engine.load(path)


def test_a_wrong_input_is_refused(shared: Path) -> None:
    loaded = engine.load(shared / "models" / "person_int8.tflite")
    with pytest.raises(EngineError, match=r"must be uint8 of shape \(1, 300, 300, 3\)"):
        loaded.run(np.zeros((1, 300, 300, 3), np.float32))
    with pytest.raises(EngineError, match="1 input"):
        loaded.run()


def test_too_little_memory_is_refused(shared: Path) -> None:
    with pytest.raises(EngineError, match="at least"):
        engine.load(shared / "models" / "person_int8.tflite", max_activation_bytes=500_000)


def test_the_detector_fits_in_little_memory(shared: Path) -> None:
    path = shared / "models" / "person_int8.tflite"
    for limit in (4_000_000, 1_500_000):
        plan = engine.load(path, max_activation_bytes=limit).plan
        assert plan.arena_bytes + plan.scratch_bytes <= limit
    default = engine.load(path).plan
    assert default.arena_bytes + default.scratch_bytes <= 4_000_000


@pytest.mark.parametrize("name", ["person_int8", "deeplabv3_mnv2_pascal_quant"])
def test_a_frame_allocates_next_to_nothing(shared: Path, name: str) -> None:
    loaded = engine.load(shared / "models" / f"{name}.tflite")
    picture = np.random.default_rng(0).integers(0, 256, loaded.inputs[0].shape, dtype=np.uint8)
    loaded.run(picture)
    tracemalloc.start()
    try:
        loaded.run(picture)
        tracemalloc.reset_peak()
        before, _ = tracemalloc.get_traced_memory()
        loaded.run(picture)
        after, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # NumPy before 2 gives each operand of an einsum a buffer that it may not need.
    assert most - before <= (64 if int(np.__version__.split(".")[0]) >= 2 else 128) << 10
    assert after - before <= 1 << 10


def test_the_backend_serves_the_protocol(shared: Path) -> None:
    backend = NumpyBackend(shared / "models" / "person_int8.tflite", 1)
    with pytest.raises(EngineError, match="not open"):
        backend.invoke(np.zeros((1, 300, 300, 3), np.uint8))
    backend.close()
    backend.open()
    assert backend.input.shape == (1, 300, 300, 3)
    assert backend.description.startswith("NumPy ")
    result = backend.invoke(np.zeros((1, 300, 300, 3), np.uint8))
    assert {name: array.shape for name, array in result.items()} == {
        name: spec.shape for name, spec in backend.outputs.items()
    }
    backend.close()
    backend.close()
