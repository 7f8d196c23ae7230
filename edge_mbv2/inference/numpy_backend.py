"""The product's own NumPy engine as an inference backend: runs where no LiteRT exists."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from edge_mbv2 import engine
from edge_mbv2.errors import EngineError, ModelFormatError
from edge_mbv2.tensor import TensorSpec


class NumpyBackend:
    """Implements `edge_mbv2.inference.protocol.Backend`.

    Args:
        model_path: a ``.tflite``.
        threads: at least 1; how many processes share the work.
    """

    name = "numpy"

    def __init__(self, model_path: Path, threads: int) -> None:
        self._path = model_path
        self._threads = threads
        self._engine: engine.Engine | None = None

    def open(self) -> None:
        """Load the model; see the protocol."""
        loaded = engine.load(self._path, workers=self._threads)
        if len(loaded.inputs) != 1:
            loaded.close()
            raise ModelFormatError(
                f"{self._path}: {len(loaded.inputs)} inputs; expected a model with one, a picture"
            )
        self.input = loaded.inputs[0]
        self.outputs: Mapping[str, TensorSpec] = {spec.name: spec for spec in loaded.outputs}
        plural = "s" * (loaded.workers > 1)
        self.description = f"NumPy {np.__version__}, {loaded.workers} worker{plural}"
        self._engine = loaded

    def invoke(self, tensor: np.ndarray) -> Mapping[str, np.ndarray]:
        """Run the model once; see the protocol."""
        if self._engine is None:
            raise EngineError(f"{self._path}: the model is not open")
        return dict(zip(self.outputs, self._engine.run(tensor), strict=True))

    def close(self) -> None:
        """Free the model; see the protocol."""
        if self._engine is not None:
            self._engine.close()
        self._engine = None
