"""A thread of its own that opens one camera, reads it and closes it, so that nobody else hangs with it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from edge_mbv2.cameras.protocol import Camera
from edge_mbv2.errors import InputError
from edge_mbv2.types import Frame


class Reader:
    """Reads a camera until it ends, fails or is given up.

    Args:
        camera: opened, read and closed in the reader's thread, by nobody else.
        deliver: takes each frame, and calls `note_progress`.
        on_unreadable: told of a file that can't be read, after which the camera goes on with the
            next; None ends the reading with the error instead.
        on_end: called at the very end, in the reader's thread.

    Attributes:
        done: True once the camera is closed.
        failure: what ended it, None when the camera came to its end.
        has_read: True once a usable frame came.
    """

    def __init__(
        self,
        camera: Camera,
        deliver: Callable[[Reader, Frame], None],
        on_unreadable: Callable[[InputError], None] | None,
        on_end: Callable[[], None],
    ) -> None:
        self.done = False
        self.failure: Exception | None = None
        self.has_read = False
        self._camera = camera
        self._deliver = deliver
        self._on_unreadable = on_unreadable
        self._on_end = on_end
        self._given_up = False
        self._since_s = time.monotonic()
        # A daemon, because a thread that hangs in a driver must not keep the process alive.
        self._thread = threading.Thread(target=self._run, name=f"read {camera.name}", daemon=True)

    @property
    def waited_s(self) -> float:
        """For how long no usable frame has come, or the camera has not opened, in seconds."""
        return time.monotonic() - self._since_s

    def note_progress(self) -> None:
        """Begin to count `waited_s` anew: a usable frame came, or none is due."""
        self._since_s = time.monotonic()

    def start(self) -> None:
        self._thread.start()

    def give_up(self) -> None:
        """Have the thread end as soon as the camera lets it; the camera can't be used afterwards."""
        self._given_up = True
        self._camera.interrupt()

    def join(self, timeout_s: float) -> bool:
        """Wait for the thread's end; False when it did not come in time."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            self._camera.open()
            while not self._given_up and self._read():
                pass
        except Exception as exc:
            self.failure = exc
        try:
            self._camera.close()
        except Exception as exc:
            self.failure = self.failure or exc
        self.done = True
        self._on_end()

    def _read(self) -> bool:
        """Read and deliver one frame; False at the camera's end."""
        try:
            frame = self._camera.read()
        except InputError as exc:
            if self._on_unreadable is None:
                raise
            self._on_unreadable(exc)
            return True
        if frame is None:
            return False
        self._deliver(self, frame)
        return True
