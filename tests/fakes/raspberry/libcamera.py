"""As much of libcamera's Python bindings as is used beside picamera2."""

from __future__ import annotations


class Transform:
    """A flip in the sensor."""

    def __init__(
        self, rotation: int = 0, hflip: bool = False, vflip: bool = False, transpose: bool = False
    ) -> None:
        assert rotation == 0
        assert not transpose
        self.hflip, self.vflip = bool(hflip), bool(vflip)
