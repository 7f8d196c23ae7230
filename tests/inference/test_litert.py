"""The LiteRT adapter: both packages, what it refuses, and what it does not print."""

import importlib
import subprocess
import sys
import types
from pathlib import Path

import numpy as np
import pytest
from fakes import tiny_tflite

from edge_mbv2.errors import EngineError, ModelFormatError
from edge_mbv2.inference import litert
from edge_mbv2.inference.litert import LitertBackend


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.tflite"
    path.write_bytes(tiny_tflite.build())
    return path


def install(monkeypatch: pytest.MonkeyPatch, package: str, version: str, interpreter: object) -> None:
    """Put a stand-in for a vendor's package where imports find it; None takes the package away."""
    name = package.replace("-", "_")
    if interpreter is None:
        monkeypatch.setitem(sys.modules, name, None)
        monkeypatch.delitem(sys.modules, f"{name}.interpreter", raising=False)
        return
    module = types.ModuleType(f"{name}.interpreter")
    module.Interpreter = interpreter  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    monkeypatch.setitem(sys.modules, f"{name}.interpreter", module)
    original = litert.metadata.version
    monkeypatch.setattr(
        litert.metadata, "version", lambda asked: version if asked == package else original(asked)
    )


@pytest.fixture
def interpreter() -> type:
    """The interpreter of whichever package is installed."""
    for name in ("ai_edge_litert", "tflite_runtime"):
        try:
            return importlib.import_module(f"{name}.interpreter").Interpreter
        except ImportError:
            continue
    raise AssertionError("neither ai-edge-litert nor tflite-runtime is installed")


def test_quantization_comes_with_the_tensors(tiny: Path) -> None:
    backend = LitertBackend(tiny, 1)
    backend.open()

    for spec in (backend.input, backend.outputs["flat"]):
        assert spec.quantization is not None
        assert spec.quantization.scale.tolist() == [0.5]
        assert spec.quantization.zero_point.tolist() == [3]
        assert spec.quantization.axis is None
    backend.close()


def test_outputs_reuse_their_memory(tiny: Path) -> None:
    backend = LitertBackend(tiny, 1)
    backend.open()
    tensor = np.zeros((1, 2, 2, 3), np.uint8)

    first = backend.invoke(tensor)["flat"]
    second = backend.invoke(tensor + 7)["flat"]

    assert first is second
    assert (first == 7).all()
    backend.close()


def test_description_names_package_version_and_threads(
    tiny: Path, interpreter: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, "ai-edge-litert", "9.8.7", interpreter)
    backend = LitertBackend(tiny, 2)
    backend.open()

    assert backend.description == "ai-edge-litert 9.8.7, 2 threads"
    backend.close()


def test_tflite_runtime_stands_in(tiny: Path, interpreter: type, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, "ai-edge-litert", "", None)
    install(monkeypatch, "tflite-runtime", "2.18.0", interpreter)
    backend = LitertBackend(tiny, 1)
    backend.open()

    assert backend.description == "tflite-runtime 2.18.0, 1 thread"
    backend.close()


def test_without_either_package_both_are_named(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, "ai-edge-litert", "", None)
    install(monkeypatch, "tflite-runtime", "", None)

    with pytest.raises(EngineError) as caught:
        LitertBackend(tiny, 1).open()

    assert "ai-edge-litert is not installed; tflite-runtime is not installed" in str(caught.value)
    assert "pip install ai-edge-litert" in str(caught.value)


@pytest.mark.parametrize("numpy", ["2.0.0", "2.4.6"])
def test_an_old_tflite_runtime_is_not_tried_on_numpy_2(
    tiny: Path, monkeypatch: pytest.MonkeyPatch, numpy: str
) -> None:
    def never(**_: object) -> None:
        raise AssertionError("it would fail with an error about NumPy's insides")

    install(monkeypatch, "ai-edge-litert", "", None)
    install(monkeypatch, "tflite-runtime", "2.14.0", never)
    monkeypatch.setattr(np, "__version__", numpy)

    with pytest.raises(
        EngineError, match=rf"tflite-runtime 2\.14\.0 needs NumPy 1, this is {numpy}.*numpy<2"
    ):
        LitertBackend(tiny, 1).open()


def test_an_old_tflite_runtime_is_fine_on_numpy_1(
    tiny: Path, interpreter: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, "ai-edge-litert", "", None)
    install(monkeypatch, "tflite-runtime", "2.14.0", interpreter)
    monkeypatch.setattr(np, "__version__", "1.26.4")
    backend = LitertBackend(tiny, 1)
    backend.open()
    backend.close()


def test_a_package_that_is_broken_says_how(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, "tflite-runtime", "", None)
    original = importlib.import_module

    def import_module(name: str) -> types.ModuleType:
        if name == "ai_edge_litert.interpreter":
            raise ImportError("libstdc++.so.6: version `GLIBCXX_3.4.99'\nnot found")
        return original(name)

    monkeypatch.setattr(importlib, "import_module", import_module)

    with pytest.raises(EngineError, match=r"ai-edge-litert can't be imported: .*GLIBCXX_3\.4\.99' not found"):
        LitertBackend(tiny, 1).open()


def test_a_package_without_what_it_needs_says_so(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, "tflite-runtime", "", None)

    def import_module(name: str) -> types.ModuleType:
        missing = "flatbuffers" if name.startswith("ai_edge_litert") else "tflite_runtime"
        raise ModuleNotFoundError(f"No module named {missing!r}", name=missing)

    monkeypatch.setattr(importlib, "import_module", import_module)

    with pytest.raises(
        EngineError, match="ai-edge-litert lacks flatbuffers; tflite-runtime is not installed"
    ):
        LitertBackend(tiny, 1).open()


def test_a_file_for_the_edge_tpu_is_refused_by_its_name(shared: Path) -> None:
    path = shared / "models" / "deeplabv3_mnv2_dm05_pascal_quant_edgetpu.tflite"

    with pytest.raises(EngineError, match=r"_edgetpu\.tflite: compiled for the Edge TPU.*CPU can't run it"):
        LitertBackend(path, 1).open()


def test_unknown_custom_ops_are_named(tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(tiny_tflite.build(custom_op="Frobnicate"))

    with pytest.raises(EngineError, match="custom ops that LiteRT does not have: Frobnicate"):
        LitertBackend(path, 1).open()


def test_what_the_engine_says_against_a_model_is_told(tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(tiny_tflite.build(version=4))

    with pytest.raises(EngineError, match=r"model\.tflite: .* refuses it: .*schema version 4 not equal to"):
        LitertBackend(path, 1).open()


def test_an_error_of_the_binding_itself_is_translated(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_: object) -> None:
        raise SystemError("CreateWrapperFromFile returned a result with an exception set")

    install(monkeypatch, "ai-edge-litert", "9.8.7", broken)

    with pytest.raises(EngineError, match=r"ai-edge-litert 9\.8\.7 refuses it: CreateWrapperFromFile"):
        LitertBackend(tiny, 1).open()


def test_two_inputs_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(tiny_tflite.build(inputs=2))

    with pytest.raises(ModelFormatError, match="2 inputs; expected a model with one"):
        LitertBackend(path, 1).open()


def test_what_fails_in_invoke_is_translated(
    tiny: Path, interpreter: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Failing(interpreter):  # type: ignore[misc]
        def invoke(self) -> None:
            raise RuntimeError("Node number 0 (RESHAPE)\nfailed to invoke.")

    install(monkeypatch, "ai-edge-litert", "9.8.7", Failing)
    backend = LitertBackend(tiny, 1)
    backend.open()

    with pytest.raises(EngineError, match=r"LiteRT failed: Node number 0 \(RESHAPE\) failed to invoke\."):
        backend.invoke(np.zeros((1, 2, 2, 3), np.uint8))
    backend.close()


OPEN = """
import logging, sys
from pathlib import Path
from edge_mbv2.inference.litert import LitertBackend
logging.basicConfig(level=sys.argv[2], format="%(levelname)s %(name)s %(message)s")
backend = LitertBackend(Path(sys.argv[1]), 1)
backend.open()
backend.close()
"""


@pytest.mark.parametrize("level", ["INFO", "DEBUG"])
def test_the_engine_s_chatter_is_for_debugging_only(shared: Path, level: str) -> None:
    model = shared / "models" / "person_int8.tflite"

    run = subprocess.run(
        [sys.executable, "-c", OPEN, str(model), level], capture_output=True, text=True, check=True
    )

    # What there is to say differs between versions; where it is said does not.
    lines = run.stderr.splitlines()
    assert all(line.startswith("DEBUG edge_mbv2.inference.litert INFO: ") for line in lines)
    assert level == "DEBUG" or not lines
    assert run.stdout == ""
