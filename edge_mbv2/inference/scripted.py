"""An engine that plays given outputs, for tests of everything around engines."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import numpy as np

from edge_mbv2.errors import EngineError
from edge_mbv2.tensor import TensorSpec

Step = Mapping[str, np.ndarray] | Exception


class ScriptedBackend:
    """Implements `edge_mbv2.inference.protocol.Backend` without a model.

    Args:
        input: what it says its input is.
        outputs: what it says its outputs are, by tensor name.
        script: one step an invoke: the outputs to return, or an exception to raise. The last one is
            played for ever.
        delay_s: how long each invoke takes.

    Attributes:
        invokes: how often it was asked, failures included.
    """

    name = "scripted"

    def __init__(
        self,
        input: TensorSpec,
        outputs: Mapping[str, TensorSpec],
        script: Sequence[Step],
        *,
        delay_s: float = 0.0,
    ) -> None:
        self.input = input
        self.outputs = outputs
        self.description = f"scripted, {len(script)} step{'s' * (len(script) != 1)}"
        self.invokes = 0
        self._script = script
        self._delay_s = delay_s
        self._open = False

    def open(self) -> None:
        """Be ready."""
        self._open = True

    def invoke(self, tensor: np.ndarray) -> Mapping[str, np.ndarray]:
        """Play the next step.

        Raises:
            EngineError: it is not open, or ``tensor`` is not what `input` says.
        """
        if not self._open:
            raise EngineError("scripted: the model is not open")
        if tensor.shape != self.input.shape or tensor.dtype != self.input.dtype:
            raise EngineError(
                f"scripted: got {tensor.dtype} {list(tensor.shape)}; "
                f"expected {self.input.dtype} {list(self.input.shape)}"
            )
        step = self._script[min(self.invokes, len(self._script) - 1)]
        self.invokes += 1
        time.sleep(self._delay_s)
        if isinstance(step, Exception):
            raise step
        return step

    def close(self) -> None:
        """Refuse further invokes."""
        self._open = False
