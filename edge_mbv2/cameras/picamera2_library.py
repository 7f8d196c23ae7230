"""The system's picamera2, or why it can't be had."""

from __future__ import annotations

import contextlib
import importlib
import logging
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edge_mbv2.errors import CameraError

if TYPE_CHECKING:
    from picamera2 import Picamera2

_SYSTEM = Path("/usr/lib/python3/dist-packages/picamera2")
_INSTALL = "sudo apt install -y python3-picamera2 --no-install-recommends"
_VENV = "python3 -m venv --system-site-packages"


@dataclass(frozen=True, slots=True)
class Library:
    """picamera2 as it was imported.

    Attributes:
        camera_class: its class of cameras.
    """

    camera_class: type[Picamera2]

    def cameras(self) -> list[dict[str, Any]]:
        """Return what libcamera tells about each camera, in picamera2's order."""
        return [dict(info) for info in self.camera_class.global_camera_info()]

    def info(self, position: int) -> dict[str, Any]:
        """Return what is known of a camera.

        Raises:
            CameraError: there is none at the position.
        """
        found = self.cameras()
        if position < len(found):
            return found[position]
        there = ", ".join(f"pi:{n} ({info.get('Model', '?')})" for n, info in enumerate(found))
        raise CameraError(
            f"no camera pi:{position}; libcamera finds {there or 'none: check the ribbon cable'}; "
            "--camera demo needs none"
        )

    def open(self, position: int) -> Picamera2:
        """Take a camera.

        Raises:
            CameraError: it is in use, or can't be had for another reason.
        """
        # Not in one step, because picamera2 leaves the pipe open that it makes before it fails.
        camera: Any = object.__new__(self.camera_class)
        try:
            self.camera_class.__init__(camera, position)
        except Exception as exc:
            with contextlib.suppress(AttributeError, OSError):
                camera.notifymeread.close()
                os.close(camera.notifyme_w)
            cause: BaseException = exc
            while cause.__cause__ is not None:
                cause = cause.__cause__
            raise CameraError(
                f"camera pi:{position} can't be opened: {cause}; is another program using it "
                "(rpicam-hello, a second edge-mbv2)?"
            ) from exc
        return camera


def load() -> Library:
    """Import picamera2.

    Raises:
        CameraError: it is not installed, or this Python can't see or use it.
    """
    # libcamera tells its whole life on standard error unless told otherwise.
    os.environ.setdefault("LIBCAMERA_LOG_LEVELS", "*:ERROR")
    try:
        library = importlib.import_module("picamera2")
        importlib.import_module("libcamera")
    except Exception as exc:  # NumPy of another age raises ValueError, a missing library OSError
        raise CameraError(_why_not(exc)) from exc
    logging.getLogger("picamera2").setLevel(logging.CRITICAL)
    return Library(library.Picamera2)


def _why_not(exc: Exception) -> str:
    missing = isinstance(exc, ModuleNotFoundError) and exc.name in ("picamera2", "libcamera")
    if not missing:
        return (
            f"picamera2 is there but does not load ({exc}); most often this virtualenv holds a NumPy that "
            f"picamera2 was not compiled for: make it anew ({_VENV} DIR) and install into it"
        )
    isolated = sys.prefix != sys.base_prefix and not _sees_system_packages()
    if _SYSTEM.is_dir() and isolated:
        return (
            f"picamera2 is installed, but this virtualenv ({sys.prefix}) does not see the system's packages: "
            f"make it anew with {_VENV} DIR"
        )
    if _SYSTEM.is_dir():
        return (
            f"picamera2 is installed for the system's Python, and this one ({sys.executable}) is another: "
            f"use /usr/bin/{_VENV} DIR"
        )
    venv = f", and make the virtualenv with {_VENV} DIR" if isolated else ""
    return f"picamera2 is not installed; on Raspberry Pi OS: {_INSTALL}{venv}"


def _sees_system_packages() -> bool:
    try:
        settings = Path(sys.prefix, "pyvenv.cfg").read_text()
    except OSError:
        return True
    return "include-system-site-packages = true" in settings.lower()
