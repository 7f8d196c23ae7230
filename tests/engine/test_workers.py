"""Workers: the same answer, a clean end, and one process when the others are gone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from fakes.waiting import until

from edge_mbv2 import engine
from edge_mbv2.errors import EngineError


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch, shared: Path) -> engine.Engine:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    loaded = engine.load(shared / "models" / "person_int8.tflite", workers=2)
    assert loaded.workers == 2
    yield loaded
    loaded.close()


def picture(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (1, 300, 300, 3), dtype=np.uint8)


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def wait_until_gone(pid: int) -> None:
    until(lambda: not is_alive(pid), f"the end of process {pid}")


def test_two_workers_give_one_workers_answer(two: engine.Engine, shared: Path) -> None:
    one = engine.load(shared / "models" / "person_int8.tflite")
    for seed in range(3):
        for want, got in zip(one.run(picture(seed)), two.run(picture(seed)), strict=True):
            np.testing.assert_array_equal(got, want)


def test_close_ends_the_workers(two: engine.Engine) -> None:
    (pid,) = two._workers._pids
    two.run(picture(0))
    two.close()
    assert not is_alive(pid)
    two.close()


def test_a_lost_worker_is_done_without(
    two: engine.Engine, shared: Path, caplog: pytest.LogCaptureFixture
) -> None:
    want = [array.copy() for array in two.run(picture(4))]
    (pid,) = two._workers._pids
    os.kill(pid, signal.SIGKILL)
    for expected, got in zip(want, two.run(picture(4)), strict=True):
        np.testing.assert_array_equal(got, expected)
    assert two.workers == 1
    assert "going on with one" in caplog.text


def test_a_refused_fork_leaves_one_worker(
    monkeypatch: pytest.MonkeyPatch, shared: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse() -> int:
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    monkeypatch.setattr(os, "fork", refuse)
    loaded = engine.load(shared / "models" / "person_int8.tflite", workers=2)
    assert loaded.workers == 1
    assert "Resource temporarily unavailable" in caplog.text
    loaded.run(picture(0))


def test_workers_end_with_a_killed_caller(shared: Path) -> None:
    script = (
        "import os, sys, time; os.sched_getaffinity = lambda _: {0, 1}\n"
        "from edge_mbv2 import engine\n"
        "loaded = engine.load(sys.argv[1], workers=2)\n"
        "print(loaded._workers._pids[0], flush=True); time.sleep(600)"
    )
    model = str(shared / "models" / "person_int8.tflite")
    with subprocess.Popen([sys.executable, "-c", script, model], stdout=subprocess.PIPE, text=True) as caller:
        assert caller.stdout is not None
        pid = int(caller.stdout.readline())
        assert is_alive(pid)
        caller.kill()
        caller.wait()
        wait_until_gone(pid)


def test_fewer_than_one_worker_is_refused(shared: Path) -> None:
    with pytest.raises(EngineError, match="workers 0"):
        engine.load(shared / "models" / "person_int8.tflite", workers=0)
