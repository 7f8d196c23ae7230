"""Runs a float model with LiteRT; the only place of the quantizer that knows the interpreter."""

from __future__ import annotations

import numpy as np

from edge_mbv2.errors import EngineError, ModelFormatError


class FloatRunner:
    """A float model that is ready to run, on one thread, so that sums always fall the same way."""

    def __init__(self, model: bytes) -> None:
        """Load a model.

        Raises:
            ModelFormatError: it is not a model that LiteRT can run.
            EngineError: LiteRT is not installed.
        """
        try:
            from ai_edge_litert.interpreter import Interpreter
        except ImportError as exc:
            raise EngineError(
                "quantizing runs the float model with LiteRT; install it: pip install 'edge-mbv2[quantize]'"
            ) from exc
        try:
            self._interpreter = Interpreter(model_content=model, num_threads=1)
            self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as exc:
            raise ModelFormatError(f"LiteRT can't load the float model: {exc}") from exc
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._outputs = [detail["index"] for detail in self._interpreter.get_output_details()]

    def run(self, tensor: np.ndarray) -> list[np.ndarray]:
        """Return all outputs, copied, in the order of the model.

        Args:
            tensor: the input, float32, of the model's shape.

        Raises:
            ModelFormatError: LiteRT failed.
        """
        try:
            self._interpreter.set_tensor(self._input, tensor)
            self._interpreter.invoke()
        except (ValueError, RuntimeError) as exc:
            raise ModelFormatError(f"LiteRT can't run the float model: {exc}") from exc
        return [self._interpreter.get_tensor(index) for index in self._outputs]
