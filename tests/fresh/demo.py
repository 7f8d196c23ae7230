"""Runs ``make demo`` as its reader would, opens the page, and ends it: the fresh machine's first test."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

_PATIENCE_S = 600.0
"""For the installation above all; what follows takes seconds."""


def _get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=30) as response:
        return response.read()


def _address(demo: subprocess.Popen[str]) -> str:
    """Echo what the demo prints until it names the page, and drain the rest in the background."""
    for line in demo.stdout:
        print("  ", line.rstrip())
        if found := re.search(r"http://127\.0\.0\.1:\d+/", line):
            threading.Thread(target=lambda: [print("  ", rest.rstrip()) for rest in demo.stdout]).start()
            return found[0]
    raise SystemExit(f"make demo ended with {demo.wait()} and named no page")


def _wait_for_frames(page: str) -> dict[str, object]:
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        state = json.loads(_get(page + "api/v1/state"))
        if all("width" in camera for camera in state["cameras"].values()):  # of a picture that is shown
            return state
        time.sleep(0.2)
    raise SystemExit(f"no frame was analysed in {_PATIENCE_S:.0f} s: {state}")


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def main() -> None:
    """Raise SystemExit with the reason when something the README promises does not happen."""
    environment = os.environ | {"EDGE_MBV2_PORT": "0"}  # the network is the host's, 8080 may be taken
    demo = subprocess.Popen(
        ["make", "demo"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    )
    page = _address(demo)
    _wait_for_frames(page)
    if b"<html" not in _get(page):
        raise SystemExit(f"{page} is no page")
    if not (picture := _get(page + "snapshot.jpg")).startswith(b"\xff\xd8"):
        raise SystemExit(f"the snapshot is no JPEG: {picture[:20]!r}")
    for child in _children(demo.pid):
        os.kill(child, signal.SIGTERM)
    if code := demo.wait(timeout=100):
        raise SystemExit(f"after SIGTERM make demo ended with exit code {code}, expected 0")
    print(f"fresh: the page at {page} showed a picture of {len(picture)} bytes; ended in order")


if __name__ == "__main__":
    sys.exit(main())
