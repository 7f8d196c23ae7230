"""What every inference engine is to the rest of the product."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np

from edge_mbv2.tensor import TensorSpec


class Backend(Protocol):
    """One model on one engine; one thread at a time uses it.

    Attributes:
        name: ``litert``, ``numpy``, ``scripted``.
        description: engine, version and threads, for people, known after `open`.
        input: the model's only input, known after `open`.
        outputs: the model's outputs by tensor name, known after `open`.
    """

    name: str
    description: str
    input: TensorSpec
    outputs: Mapping[str, TensorSpec]

    def open(self) -> None:
        """Load the model.

        Raises:
            ModelFormatError: the file is not a model.
            EngineError: the engine is not installed or refuses the model.
        """

    def invoke(self, tensor: np.ndarray) -> Mapping[str, np.ndarray]:
        """Run the model once.

        Args:
            tensor: of the shape and dtype of `input`, C-contiguous; read, not kept.

        Returns:
            Raw output tensors by name; they belong to the backend and hold until the next call.

        Raises:
            EngineError: the engine failed.
        """

    def close(self) -> None:
        """Free the model. May be called twice, and without `open`."""
