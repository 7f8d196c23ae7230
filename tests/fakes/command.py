"""Runs the command line as a user does: in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

COMMAND = [sys.executable, "-m", "edge_mbv2"]
TIMEOUT_S = 300
"""Long, because a slow engine may take its time; what hangs meets pytest's own time-out first."""


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment without settings of the product, which the machine may have."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("EDGE_MBV2_")}
    return kept | dict(extra or {})


def edge(
    *arguments: str | Path, env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run to the end and return what was said; no traceback is ever fit for a user."""
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        env=environment(env),
        cwd=cwd,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


def state_of(page: str) -> dict[str, Any]:
    """Return what a page tells of its only camera."""
    with urllib.request.urlopen(f"{page}/api/v1/state", timeout=60) as answer:
        (camera,) = json.load(answer)["cameras"].values()
    return dict(camera)


def health(page: str) -> tuple[int, str]:
    """Return the status that a page answers with when it is asked for its health, and the words."""
    try:
        with urllib.request.urlopen(f"{page}/healthz", timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


class Running:
    """A command in the background, whose lines on standard error can be waited for.

    Args:
        arguments: of the command.
        env: added to the environment.
        stdout: where its standard output goes.
        command: what to start in place of the installed command.
    """

    def __init__(
        self,
        *arguments: str | Path,
        env: Mapping[str, str] | None = None,
        stdout: int = subprocess.DEVNULL,
        command: list[str] | None = None,
    ) -> None:
        self.process = subprocess.Popen(
            [*(command or COMMAND), *map(str, arguments)],
            stdout=stdout,
            stderr=subprocess.PIPE,
            env=environment(env),
            text=True,
        )
        self.lines: list[str] = []
        self._grown = threading.Condition()
        self._ended = False
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._reader.join()
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()

    def wait_for(self, text: str) -> str:
        """Return the first line with ``text`` in it."""

        def line() -> str | None:
            return next((line for line in self.lines if text in line), None)

        with self._grown:
            self._grown.wait_for(lambda: line() or self._ended, TIMEOUT_S)
            found = line()
        assert found is not None, f"no {text!r} in {self.lines}"
        return found

    def page(self) -> str:
        """Return the page's address once it can be opened."""
        return self.wait_for("Page: ").split("Page: ")[1].strip().rstrip("/")

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and return the exit code."""
        self.process.send_signal(number)
        code = self.process.wait(TIMEOUT_S)
        self._reader.join()
        assert "Traceback" not in "".join(self.lines), self.lines
        return code

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            with self._grown:
                self.lines.append(line)
                self._grown.notify_all()
        with self._grown:
            self._ended = True
            self._grown.notify_all()
