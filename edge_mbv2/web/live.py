"""The live picture: encodes the newest result of a camera while somebody looks, once for all who do."""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from edge_mbv2.clock import Clock
from edge_mbv2.imaging.drawing import caption
from edge_mbv2.imaging.jpeg import encode_jpeg
from edge_mbv2.imaging.overlay import draw_result
from edge_mbv2.types import FrameResult
from edge_mbv2.web.mailbox import Mailbox

_log = logging.getLogger(__name__)

_NICE = 5


@dataclass(eq=False)
class _Channel:
    """One variant of one camera's picture, and who looks at it.

    Attributes:
        taken: the newest result that was encoded, or is being.
        jpeg: of ``taken``; None while it is being encoded.
        drawn: the picture that overlays are drawn into, one after the other.
        due_s: on the monotonic clock, when the next may be encoded.
    """

    camera: str
    overlay: bool
    viewers: set[Mailbox[bytes]] = field(default_factory=set)
    taken: FrameResult | None = None
    jpeg: bytes | None = None
    drawn: np.ndarray | None = None
    due_s: float = 0.0


class LiveVideo:
    """Keeps the newest result of each camera; a thread of its own draws and encodes it on demand.

    There is one encode for each new result and each variant (with boxes, without) that somebody
    looks at, however many they are, and none without a viewer; nor more a second than eyes need,
    because the analysis wants the processor too.

    Args:
        cameras: the names of all cameras.
        clock: which the frames were stamped with.
        quality: of the JPEGs, 1 to 100.
        rate_hz: the most pictures of a variant in a second.
        debug: overlays also show where it was looked.

    Attributes:
        encodes: how many pictures have been encoded.
    """

    def __init__(
        self,
        cameras: Sequence[str],
        clock: Clock,
        *,
        quality: int = 80,
        rate_hz: float = 25.0,
        debug: bool = False,
    ) -> None:
        self.cameras = tuple(cameras)
        self.encodes = 0
        self._clock = clock
        self._quality = quality
        self._interval_s = 1 / rate_hz
        self._debug = debug
        self._work = threading.Condition()
        self._latest: dict[str, FrameResult] = {}
        self._channels = [_Channel(camera, overlay) for camera in cameras for overlay in (True, False)]
        self._stopping = False
        self._thread: threading.Thread | None = None

    @property
    def viewers(self) -> int:
        """How many look at present."""
        with self._work:
            return sum(len(channel.viewers) for channel in self._channels)

    def set_cameras(self, cameras: Sequence[str]) -> None:
        """Show other cameras from now on; views of those that are gone end."""
        with self._work:
            gone = [channel for channel in self._channels if channel.camera not in cameras]
            new = [camera for camera in cameras if camera not in self.cameras]
            self.cameras = tuple(cameras)
            self._channels = [channel for channel in self._channels if channel not in gone]
            self._channels += [_Channel(camera, overlay) for camera in new for overlay in (True, False)]
            for channel in gone:
                self._latest.pop(channel.camera, None)
                for viewer in channel.viewers:
                    viewer.close()

    def forget(self, camera: str) -> None:
        """Show nothing of a camera until its next result."""
        with self._work:
            self._latest.pop(camera, None)

    def publish(self, result: FrameResult) -> None:
        """Make ``result`` the newest of its camera; never waits."""
        with self._work:
            if result.frame.camera not in self.cameras:
                return
            self._latest[result.frame.camera] = result
            self._work.notify()

    def latest(self, camera: str) -> FrameResult | None:
        """Return the newest result of a camera, None before the first."""
        with self._work:
            return self._latest.get(camera)

    @contextlib.contextmanager
    def view(self, camera: str, *, overlay: bool) -> Iterator[Mailbox[bytes]]:
        """Look at a camera from the running event loop.

        The mailbox gets the newest picture at once, if there is one, and then each newer one as a
        JPEG; a viewer that does not keep up finds only the newest.

        Args:
            camera: one of ``cameras``.
            overlay: with boxes, labels and caption, or without.
        """
        viewer: Mailbox[bytes] = Mailbox(1)
        with self._work:
            known = (c for c in self._channels if c.camera == camera and c.overlay == overlay)
            channel = next(known, None) or _Channel(camera, overlay)
            channel.viewers.add(viewer)
            if channel not in self._channels:  # the camera went away since the caller looked
                viewer.close()
            elif channel.jpeg is not None and channel.taken is self._latest.get(camera):
                viewer.put(channel.jpeg)
            else:
                self._work.notify()
        try:
            yield viewer
        finally:
            with self._work:
                channel.viewers.discard(viewer)

    def start(self) -> None:
        """Start the encoding thread."""
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="live picture", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread and every view."""
        with self._work:
            self._stopping = True
            self._work.notify()
            for channel in self._channels:
                for viewer in channel.viewers:
                    viewer.close()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        # Who looks must not slow what is looked at: where cores are short, the analysis goes first.
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
        while (job := self._next_job()) is not None:
            channel, result = job
            try:
                jpeg = self._encode(channel, result)
            except Exception as exc:  # one picture that can't be had must not end all that follow
                _log.warning("%s: no live picture: %s", channel.camera, exc)
                continue
            with self._work:
                channel.jpeg = jpeg
                for viewer in channel.viewers:
                    viewer.put(jpeg)

    def _next_job(self) -> tuple[_Channel, FrameResult] | None:
        """Wait for a result that somebody wants to see; None when it is time to stop."""
        with self._work:
            while not self._stopping:
                now_s = time.monotonic()
                wanted = [channel for channel in self._channels if self._is_wanted(channel)]
                channel = min(wanted, key=lambda channel: channel.due_s, default=None)
                if channel is not None and channel.due_s <= now_s:
                    channel.due_s = now_s + self._interval_s
                    channel.taken, channel.jpeg = self._latest[channel.camera], None
                    return channel, channel.taken
                self._work.wait(None if channel is None else channel.due_s - now_s)
        return None

    def _is_wanted(self, channel: _Channel) -> bool:
        newest = self._latest.get(channel.camera)
        return bool(channel.viewers) and newest is not None and newest is not channel.taken

    def _encode(self, channel: _Channel, result: FrameResult) -> bytes:
        image = result.frame.image
        if channel.overlay:
            words = caption(self._clock.unix_s(result.frame.timestamp_ns), result.rate_hz)
            image = channel.drawn = draw_result(result, words=words, debug=self._debug, out=channel.drawn)
        self.encodes += 1
        return encode_jpeg(image, self._quality)
