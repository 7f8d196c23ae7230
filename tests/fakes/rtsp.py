"""An RTSP camera on loopback that can be switched off and on."""

from __future__ import annotations

import subprocess
from pathlib import Path

from fakes.ports import kept_port


class RtspServer:
    """GStreamer's server as a process, always on the same port.

    Args:
        python: one that has GStreamer's bindings.
        encoder: ``jpeg`` or ``h264``.
        credentials: user and password that a viewer must give.
    """

    def __init__(
        self, python: str, encoder: str = "jpeg", credentials: tuple[str, str] | None = None
    ) -> None:
        self._kept = kept_port()
        self.port = int(self._kept.getsockname()[1])
        script = Path(__file__).with_name("rtsp_server.py")
        self._command = [python, str(script), str(self.port), encoder, *(credentials or ())]
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> RtspServer:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._kept.close()

    def address(self, credentials: str = "", port: int | None = None) -> str:
        return f"rtsp://{credentials + '@' if credentials else ''}127.0.0.1:{port or self.port}/front"

    def start(self) -> None:
        """Switch it on and wait until it listens."""
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "listening\n"

    def stop(self) -> None:
        """Switch it off at once."""
        if self._process is not None and self._process.stdout is not None:
            self._process.kill()
            self._process.wait()
            self._process.stdout.close()
            self._process = None
