"""What the protocol promises of every engine, held against each in the table and the scripted one."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from fakes import tiny_tflite

from edge_mbv2.errors import EngineError
from edge_mbv2.inference import BACKENDS
from edge_mbv2.inference.protocol import Backend
from edge_mbv2.inference.scripted import ScriptedBackend
from edge_mbv2.tensor import TensorSpec

FIRST = np.arange(12, dtype=np.uint8).reshape(1, 2, 2, 3)
SECOND = FIRST[:, ::-1].copy()


def scripted(model: Path, threads: int) -> Backend:
    """Play what the tiny model would answer to FIRST and SECOND."""
    dtype = np.dtype(np.uint8)
    spec = TensorSpec("flat", (1, 4, 3), dtype)
    answers = [{"flat": tensor.reshape(1, 4, 3)} for tensor in (FIRST, SECOND)]
    return ScriptedBackend(TensorSpec("image", (1, 2, 2, 3), dtype), {"flat": spec}, answers)


MAKERS: dict[str, Callable[[Path, int], Backend]] = {**BACKENDS, "scripted": scripted}


@pytest.fixture(params=MAKERS)
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Backend:
    path = tmp_path / "tiny.tflite"
    path.write_bytes(tiny_tflite.build())
    return MAKERS[request.param](path, 1)


def test_it_has_its_table_s_name(backend: Backend, request: pytest.FixtureRequest) -> None:
    assert backend.name in request.node.name


def test_open_tells_the_tensors(backend: Backend) -> None:
    backend.open()

    assert backend.description
    assert (backend.input.name, backend.input.shape, backend.input.dtype) == ("image", (1, 2, 2, 3), np.uint8)
    assert list(backend.outputs) == ["flat"]
    assert (backend.outputs["flat"].shape, backend.outputs["flat"].dtype) == ((1, 4, 3), np.uint8)
    backend.close()


def test_invoke_answers_by_name(backend: Backend) -> None:
    backend.open()

    for tensor in (FIRST, SECOND):
        tensor = tensor.copy()
        tensor.flags.writeable = False
        np.testing.assert_array_equal(backend.invoke(tensor)["flat"], tensor.reshape(1, 4, 3))
    backend.close()


@pytest.mark.parametrize(
    "tensor", [FIRST[0], FIRST.astype(np.int8), FIRST.astype(np.float32), np.zeros((1, 3, 3, 3), np.uint8)]
)
def test_a_tensor_of_another_form_is_refused(backend: Backend, tensor: np.ndarray) -> None:
    backend.open()

    with pytest.raises(EngineError):
        backend.invoke(tensor)
    backend.close()


def test_invoke_needs_an_open_model(backend: Backend) -> None:
    with pytest.raises(EngineError, match="not open"):
        backend.invoke(FIRST)
    backend.open()
    backend.close()
    with pytest.raises(EngineError, match="not open"):
        backend.invoke(FIRST)


def test_close_may_come_twice_and_without_open(backend: Backend) -> None:
    backend.close()
    backend.open()
    backend.close()
    backend.close()
