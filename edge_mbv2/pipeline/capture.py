"""The stage that reads one camera and hands its frames over."""

from __future__ import annotations

import logging
from collections.abc import Callable

from edge_mbv2.cameras.protocol import Camera
from edge_mbv2.errors import InputError
from edge_mbv2.pipeline.metrics import Metrics
from edge_mbv2.pipeline.slot import Slot

_log = logging.getLogger(__name__)


class Capture:
    """Reads a camera into a slot, one frame a step.

    Args:
        camera: opened, read and closed in the stage's thread.
        slot: where the frames go.
        metrics: counts them.
        on_unreadable: told of a file that can't be read, after which the camera goes on with the
            next; None ends the run with the error instead.
    """

    def __init__(
        self,
        camera: Camera,
        slot: Slot,
        metrics: Metrics,
        on_unreadable: Callable[[InputError], None] | None = None,
    ) -> None:
        self.name = f"capture {camera.name}"
        self._camera = camera
        self._slot = slot
        self._metrics = metrics
        self._on_unreadable = on_unreadable
        self._handing_over = False

    @property
    def idle(self) -> str | None:
        """Why no step is due: a file's next frame is not, or the analysis has no room for it."""
        return "waiting for the analysis" if self._handing_over else self._camera.idle

    def start(self) -> None:
        self._camera.open()
        _log.info("%s: %s", self._camera.name, self._camera.description)

    def step(self) -> bool:
        try:
            frame = self._camera.read()
        except InputError as exc:
            if self._on_unreadable is None:
                raise
            self._on_unreadable(exc)
            return True
        if frame is None:
            return False
        self._metrics.count_captured(frame.camera)
        self._handing_over = True
        self._slot.put(frame)
        self._handing_over = False
        return True

    def stop(self) -> None:
        self._camera.close()
