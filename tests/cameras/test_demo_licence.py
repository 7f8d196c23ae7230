"""The demo clip is the one that NOTICE vouches for."""

from __future__ import annotations

import hashlib
from pathlib import Path

from edge_mbv2 import resources


def test_notice_names_the_clip_that_ships() -> None:
    clip = resources.path("demo/demo.mp4")
    notice = (Path(__file__).parent.parent.parent / "NOTICE").read_text()
    assert hashlib.sha256(clip.read_bytes()).hexdigest() in notice
    assert "CC0" in resources.path("demo/LICENSE.md").read_text()
