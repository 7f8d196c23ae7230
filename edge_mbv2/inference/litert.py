"""LiteRT, from ai-edge-litert or its predecessor tflite-runtime."""

from __future__ import annotations

import importlib
import logging
import re
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from edge_mbv2.errors import EngineError, ModelFormatError
from edge_mbv2.inference import model_file
from edge_mbv2.inference.native_log import captured
from edge_mbv2.tensor import QuantParams, TensorSpec

_log = logging.getLogger(__name__)

# Distribution and module, the preferred one first.
_PACKAGES = (
    ("ai-edge-litert", "ai_edge_litert.interpreter"),
    ("tflite-runtime", "tflite_runtime.interpreter"),
)
# Ops of these names are in the packages above although no standard has them.
_BUNDLED_OPS = {"TFLite_Detection_PostProcess"}
_EDGETPU_OP = "edgetpu-custom-op"


class LitertBackend:
    """Implements `edge_mbv2.inference.protocol.Backend`.

    Args:
        model_path: a ``.tflite``.
        threads: at least 1.
    """

    name = "litert"

    def __init__(self, model_path: Path, threads: int) -> None:
        self._path = model_path
        self._threads = threads
        self._interpreter: Any = None

    def open(self) -> None:
        """Load the model; see the protocol."""
        _check_ops(self._path, model_file.custom_ops(self._path))
        interpreter_class, package = _import_interpreter()
        with captured(_log):
            try:
                interpreter = interpreter_class(model_path=str(self._path), num_threads=self._threads)
                interpreter.allocate_tensors()
                inputs, outputs = interpreter.get_input_details(), interpreter.get_output_details()
            except (RuntimeError, ValueError, SystemError) as exc:
                raise EngineError(f"{self._path}: {package} refuses it: {_one_line(exc)}") from exc
        if len(inputs) != 1:
            raise ModelFormatError(
                f"{self._path}: {len(inputs)} inputs; expected a model with one, a picture"
            )
        self.input = _spec(inputs[0])
        self.outputs: Mapping[str, TensorSpec] = {detail["name"]: _spec(detail) for detail in outputs}
        self.description = f"{package}, {self._threads} thread{'s' * (self._threads > 1)}"
        self._input_index = inputs[0]["index"]
        # Views into the interpreter forbid the next invoke, so outputs are copied into our own arrays.
        self._views = {detail["name"]: interpreter.tensor(detail["index"]) for detail in outputs}
        self._results = {name: np.empty(spec.shape, spec.dtype) for name, spec in self.outputs.items()}
        self._interpreter = interpreter

    def invoke(self, tensor: np.ndarray) -> Mapping[str, np.ndarray]:
        """Run the model once; see the protocol."""
        if self._interpreter is None:
            raise EngineError(f"{self._path}: the model is not open")
        try:
            self._interpreter.set_tensor(self._input_index, tensor)
            self._interpreter.invoke()
            for name, view in self._views.items():
                np.copyto(self._results[name], view())
        except (RuntimeError, ValueError) as exc:
            raise EngineError(f"{self._path}: LiteRT failed: {_one_line(exc)}") from exc
        return self._results

    def close(self) -> None:
        """Free the model; see the protocol."""
        self._views = {}
        self._interpreter = None


def _check_ops(path: Path, custom_ops: frozenset[str]) -> None:
    if _EDGETPU_OP in custom_ops:
        raise EngineError(
            f"{path}: compiled for the Edge TPU (it holds {_EDGETPU_OP!r}), so a CPU can't run it; "
            "use the file it was compiled from, usually the same name without '_edgetpu'"
        )
    if unknown := custom_ops - _BUNDLED_OPS:
        raise EngineError(
            f"{path}: needs custom ops that LiteRT does not have: {', '.join(sorted(unknown))}; "
            "convert the model with built-in ops only"
        )


def _import_interpreter() -> tuple[type[Any], str]:
    """Return the interpreter's class, and its package with the version.

    Raises:
        EngineError: neither package can be used.
    """
    refusals = []
    for package, module in _PACKAGES:
        try:
            interpreter_class = importlib.import_module(module).Interpreter
        except ModuleNotFoundError as exc:
            absent = (exc.name or "").split(".")[0] == module.split(".")[0]
            refusals.append(f"{package} " + ("is not installed" if absent else f"lacks {exc.name}"))
        except (ImportError, AttributeError) as exc:
            refusals.append(f"{package} can't be imported: {_one_line(exc)}")
        else:
            version = _version(package)
            if package == "tflite-runtime" and _needs_numpy_1(version):
                refusals.append(
                    f"{package} {version} needs NumPy 1, this is {np.__version__} (pip install 'numpy<2')"
                )
                continue
            return interpreter_class, f"{package} {version}"
    raise EngineError(
        f"LiteRT can't be used: {'; '.join(refusals)}; pip install ai-edge-litert where it has wheels"
    )


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:  # packaged by somebody who left the metadata out
        return "of unknown version"


def _needs_numpy_1(version: str) -> bool:
    """Tell whether a tflite-runtime was compiled for another NumPy than the one here.

    It imports all the same, and fails only when a model is loaded. From 2.18 on TensorFlow is built
    for NumPy 2.
    """
    numbers = tuple(int(number) for number in re.findall(r"\d+", version)[:2])
    return bool(numbers) and numbers < (2, 18) and int(np.__version__.split(".")[0]) >= 2


def _spec(detail: Mapping[str, Any]) -> TensorSpec:
    parameters = detail["quantization_parameters"]
    quantization = None
    if parameters["scales"].size:
        axis = int(parameters["quantized_dimension"]) if parameters["scales"].size > 1 else None
        quantization = QuantParams(parameters["scales"], parameters["zero_points"], axis)
    shape = tuple(int(size) for size in detail["shape"])
    return TensorSpec(detail["name"], shape, np.dtype(detail["dtype"]), quantization)


def _one_line(exc: Exception) -> str:
    return " ".join(str(exc).split())
