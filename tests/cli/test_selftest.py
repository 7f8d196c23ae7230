"""``edge-mbv2 selftest``, as a user runs it."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path

from fakes.command import Running, edge
from fakes.damage import PERSON, copied, flip


def test_a_whole_run() -> None:
    done = edge("selftest", "--model", PERSON, "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["passed"]
    names = [check["name"] for check in report["checks"]]
    assert names[:5] == ["pictures", "weights", "labels", "layers", "numpy"]
    for check in report["checks"]:
        if check["name"] == "accuracy":
            for figure, wanted in check["values"]["expected"].items():
                assert abs(check["values"][figure] - wanted) <= check["values"]["tolerance"][figure]
        elif check["name"] == "speed":
            assert 0 < check["values"]["p50_ms"] <= check["values"]["p95_ms"] <= check["values"]["p99_ms"]
    assert {check["engine"] for check in report["checks"] if check["name"] == "speed"} >= {"numpy"}
    assert report["machine"]["versions"]["Python"]


def test_a_flipped_bit(tmp_path: Path) -> None:
    path = copied(tmp_path)
    flip(path, 2_000_000, 3)
    done = edge("selftest", "--model", path)
    assert done.returncode == 6
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"edge-mbv2: selftest: weights of {PERSON}: {path}: its sha256 is")
    assert "  FAIL weights" in done.stdout
    assert "FAILED: 1 of 2 checks" in done.stdout


def test_what_was_asked_for_wrongly(tmp_path: Path) -> None:
    for arguments, code in ((("--model", "nonsense"), 5), (("--engine", "nonsense"), 2)):
        done = edge("selftest", *arguments, cwd=tmp_path)
        assert done.returncode == code
        assert "nonsense" in done.stderr
        assert len(done.stderr.splitlines()) == 1


def test_stopped_before_its_end_it_has_not_passed() -> None:
    with Running("selftest", "--model", PERSON, stdout=subprocess.PIPE) as running:
        assert running.process.stdout is not None
        assert running.process.stdout.readline().startswith("edge-mbv2")
        assert running.stop(signal.SIGINT) == 6
    assert running.lines == ["edge-mbv2: selftest: stopped before its end\n"]
