"""SIGHUP takes up the configuration file again, in a process of its own and under load."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.command import COMMAND, TIMEOUT_S, Running, edge, environment, state_of
from fakes.waiting import until

from edge_mbv2.pipeline import recording
from edge_mbv2.pipeline.replay import Pictures


class Systemd:
    """systemd's side of the notification socket."""

    def __init__(self, folder: Path) -> None:
        self.environ = {"NOTIFY_SOCKET": str(folder / "notify")}
        self.receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.receiver.bind(self.environ["NOTIFY_SOCKET"])
        self.receiver.settimeout(TIMEOUT_S)

    def wait_for(self, field: str) -> dict[str, str]:
        """Return the fields of the next message that has the given one."""
        while True:
            message = self.receiver.recv(65536).decode()
            if field in message.splitlines():
                return dict(line.split("=", 1) for line in message.splitlines())


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[Systemd]:
    found = Systemd(tmp_path)
    yield found
    found.receiver.close()


class Reloading(Running):
    """A run with a file that can be changed."""

    def __init__(self, folder: Path, systemd: Systemd, text: str) -> None:
        self.file = folder / "config.yaml"
        self.systemd = systemd
        self.file.write_text(text)
        super().__init__("run", "--config", self.file, "--no-web", env=systemd.environ)
        self.systemd.wait_for("READY=1")

    def reload(self, text: str) -> str:
        """Change the file, send SIGHUP, wait until that is done and return the status."""
        self.file.write_text(text)
        self.process.send_signal(signal.SIGHUP)
        reloading = self.systemd.wait_for("RELOADING=1")
        assert 0 < int(reloading["MONOTONIC_USEC"]) <= time.monotonic_ns() // 1000
        return self.systemd.wait_for("READY=1")["STATUS"]

    def counters(self) -> dict[str, tuple[int, int, int]]:
        """Return what was captured, analysed and dropped, by camera, once the run has ended."""
        found = {}
        for line in self.lines:
            if told := re.search(r"(\w+): (\d+) frames captured, (\d+) analysed(.*), [\d.]+ fps", line):
                dropped = sum(int(number) for number in re.findall(r", (\d+) ", told[4]))
                found[told[1]] = int(told[2]), int(told[3]), dropped
        return found


def frames(*files: Path) -> list[int]:
    """Return the frames in these files so far: what follows the last newline is still being written."""
    texts = [file.read_text().rpartition("\n")[0] for file in files]
    records = [json.loads(line) for text in texts for line in text.splitlines()]
    return [record["frame"] for record in records if record["type"] == "detections"]


def test_no_frame_is_lost_where_every_frame_counts(tmp_path: Path, systemd: Systemd) -> None:
    """Right and wrong files in turn, as fast as they are taken, while the demo clip is analysed."""

    def text(number: int) -> str:
        return (
            "cameras: {front: {source: demo}}\nanalysis: {every_frame: true}\n"
            f"output: {{file: {tmp_path}/{number % 3}.jsonl}}\nmodel: {{threshold: 0.{number % 5 + 3}}}\n"
        )

    taken = 0
    with Reloading(tmp_path, systemd, text(0)) as run:
        while run.process.poll() is None and len(frames(*tmp_path.glob("*.jsonl"))) < 120:
            number = taken + 1
            status = run.reload(text(number) + ("oops: 1\n" if number % 2 else ""))
            assert ("running with the old configuration" in status) == bool(number % 2)
            taken += 1
        assert run.process.wait(TIMEOUT_S) == 0
        run.stop()
    assert taken > 3
    assert run.counters() == {"front": (240, 240, 0)}
    assert sorted(frames(*tmp_path.glob("*.jsonl"))) == list(range(240))
    for file in tmp_path.glob("*.jsonl"):
        assert file.read_text().endswith("\n")
        assert frames(file) == sorted(frames(file))


@pytest.mark.parametrize(
    "change",
    [
        "zones: {right: {points: [[0.5, 0], [1, 0], [1, 1]]}}",
        "armed: false",
        "hflip: true",
        "privacy_masks: [[[0, 0], [0.3, 0], [0.3, 1], [0, 1]]]",
    ],
    ids=lambda change: change.split(":")[0],
)
def test_a_recording_replays_what_was_so_before_and_after(
    change: str, tmp_path: Path, systemd: Systemd
) -> None:
    def text(settings: str) -> str:
        return (
            f"cameras: {{front: {{source: demo, framerate: 4, {settings}}}}}\n"
            "analysis: {every_frame: true, motion_gate: true}\n"
            f"output: {{file: {tmp_path}/run.jsonl, tracks: {tmp_path}/run.csv}}\n"
            f"record: {{folder: {tmp_path}/kept}}\n"
        )

    with Reloading(tmp_path, systemd, text("zones: {left: {points: [[0, 0], [0.5, 0], [0.5, 1]]}}")) as run:
        while len(frames(tmp_path / "run.jsonl")) < 8:
            time.sleep(0.01)
        run.reload(text(change))
        assert run.process.wait(TIMEOUT_S) == 0
        run.stop()
    assert len(list((tmp_path / "kept").glob("*/*.jsonl"))) == 2
    again = ("--output", tmp_path / "again.jsonl", "--save-tracks", tmp_path / "again.csv")
    done = edge("replay", tmp_path / "kept", *again)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "again.jsonl").read_bytes() == (tmp_path / "run.jsonl").read_bytes()
    for tracks in tmp_path.glob("run*.csv"):
        assert tracks.read_bytes() == tracks.with_name(tracks.name.replace("run", "again")).read_bytes()
        rows = [line.split(",")[:3] for line in tracks.read_text().splitlines()]
        assert len({(frame, number) for frame, number, _ in rows}) == len(rows)
        latest: dict[str, tuple[int, float]] = {}
        for frame, number, left in rows:
            at, x = latest.get(number, (int(frame), float(left)))
            assert abs(float(left) - x) < 150 * (int(frame) - at) + 60  # a number is one person's
            latest[number] = int(frame), float(left)


def test_no_picture_of_before_is_shown_under_new_privacy_masks(tmp_path: Path, systemd: Systemd) -> None:
    def text(masks: str) -> str:
        return (
            f"cameras: {{front: {{source: synthetic, framerate: 60, privacy_masks: {masks}}}}}\n"
            f"analysis: {{motion_gate: false}}\nrecord: {{folder: {tmp_path}/kept}}\n"
        )

    whole, pictures = "[[[0, 0], [1, 0], [1, 1], [0, 1]]]", Pictures()
    with Reloading(tmp_path, systemd, text("[]")) as run:
        for n in range(8):
            run.reload(text("[]" if n % 2 else whole))
        assert run.stop() == 0
    is_masked, seen = False, {False: 0, True: 0}
    for step in recording.load(tmp_path / "kept").steps:
        if isinstance(step, recording.Settings):
            is_masked = bool(step.configuration["cameras"]["front"]["privacy_masks"])
        elif isinstance(step, recording.RecordedFrame):
            assert pictures.read(step).image.any() != is_masked
            seen[is_masked] += 1
    pictures.close()
    assert min(seen.values()) > 0


def test_the_counters_add_up_whatever_is_exchanged(tmp_path: Path, systemd: Systemd) -> None:
    front = "front: {source: synthetic, framerate: 60, width: 64, height: 48}"
    yard = "yard: {source: synthetic, framerate: 45, width: 64, height: 48"
    texts = [
        f"cameras: {{{front}, {yard}}}}}\n",
        f"cameras: {{{front}, {yard}, rotation: 90}}}}\nmodel: {{engine: numpy}}\n",
        f"cameras: {{{front}, {yard}, rotation: 270}}}}\nmodel: {{engine: bad}}\n",
        f"cameras: {{{front}}}\noutput: {{file: {tmp_path}/out.jsonl}}\n",
        f"cameras: {{{yard}, vflip: true}}, shed: {{source: synthetic, framerate: 5}}}}\n",
        f"cameras: {{{front}, {yard}}}\n",  # a bracket is missing
    ]
    with Reloading(tmp_path, systemd, texts[0]) as run:
        for text in (*texts, *texts, texts[0]):
            run.reload(text)
        assert run.stop() == 0
    counters = run.counters()
    assert list(counters) == ["front", "yard", "shed"]
    for captured, analysed, dropped in counters.values():
        assert captured == analysed + dropped
        assert captured > 0
    assert sum("the configuration is refused" in line for line in run.lines) == 4
    assert any("changed cameras.yard, model.engine" in line for line in run.lines)


def test_a_wrong_file_is_told_and_changes_nothing(tmp_path: Path, systemd: Systemd) -> None:
    right = "cameras: {front: {source: synthetic}}\n"
    wrong = {
        "web: {prot: 1}\n": "unknown key",
        "model: {name: nonsense}\n": "nonsense",
        "model: {labels: none.txt}\n": "none.txt",
        "output: {file: /none/out.jsonl}\n": "/none/out.jsonl",
        "cameras: {front: {source: nonsense}}\n": "nonsense",
        "model: {threshold: '${NOWHERE}'}\n": "NOWHERE",
    }
    with Reloading(tmp_path, systemd, right) as run:
        for text, told in wrong.items():
            more = "" if "cameras" in text else right
            status = run.reload(f"{more}{text}logging: {{level: error}}\n")
            assert "; running with the old configuration: " in status
            assert told in status
            assert told in run.wait_for(told)
        assert "is empty" in run.reload("")
        run.file.unlink()
        run.process.send_signal(signal.SIGHUP)
        run.wait_for("No such file or directory")
        systemd.wait_for("READY=1")
        assert "old configuration" not in run.reload(right)
        run.wait_for("the configuration is read again: nothing changed")
        assert run.stop() == 0
    assert len(run.counters()) == 1


def test_what_takes_a_restart_is_told(tmp_path: Path, systemd: Systemd) -> None:
    text = "cameras: {front: {source: synthetic}}\n"
    with Reloading(tmp_path, systemd, text) as run:
        run.reload(text + "web: {host: '::1'}\nanalysis: {every_frame: true}\nlogging: {format: json}\n")
        run.wait_for('"the configuration is read again: changed logging.format"')
        run.wait_for("analysis.every_frame, web.host: a change takes a restart; as before until then")
        assert run.stop() == 0


def test_a_file_that_was_moved_away_is_begun_anew(tmp_path: Path, systemd: Systemd) -> None:
    output = tmp_path / "out.jsonl"
    text = f"cameras: {{front: {{source: synthetic, framerate: 200}}}}\noutput: {{file: {output}}}\n"
    with Reloading(tmp_path, systemd, text) as run:
        output.rename(tmp_path / "out.jsonl.1")
        run.reload(text)
        assert output.exists()
        inode = output.stat().st_ino
        run.reload(text)
        assert output.stat().st_ino == inode
        assert run.stop() == 0
    both = frames(tmp_path / "out.jsonl.1", output)
    assert both == sorted(set(both))
    assert len(both) == run.counters()["front"][1]


def test_the_page_follows(tmp_path: Path, systemd: Systemd) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("web: {port: 0}\nnode: one\ncameras: {front: {source: synthetic}}\n")

    def state() -> dict[str, object]:
        with urllib.request.urlopen(f"{page}/api/v1/state", timeout=30) as answer:
            return json.load(answer)  # type: ignore[no-any-return]

    with Running("run", "--config", file, env=systemd.environ) as run:
        page = run.page()
        systemd.wait_for("READY=1")
        assert (list(state()["cameras"]), state()["node"]) == (["front"], "one")  # type: ignore[call-overload]
        with urllib.request.urlopen(f"{page}/api/v1/cameras/front/stream.mjpg", timeout=TIMEOUT_S) as stream:
            assert stream.read(2) == b"--"
            file.write_text("web: {port: 0}\nnode: two\ncameras: {yard: {source: demo}}\n")
            run.process.send_signal(signal.SIGHUP)
            systemd.wait_for("RELOADING=1")
            systemd.wait_for("READY=1")
            while stream.read(65536):  # to the end of the stream
                pass
        assert (list(state()["cameras"]), state()["node"]) == (["yard"], "two")  # type: ignore[call-overload]
        file.write_text("nonsense\n")
        run.process.send_signal(signal.SIGHUP)
        systemd.wait_for("RELOADING=1")
        systemd.wait_for("READY=1")
        assert "'nonsense'; expected a configuration" in str(state()["reload_problem"])
        while "width" not in state()["cameras"]["yard"]:  # type: ignore[index]
            time.sleep(0.05)
        with urllib.request.urlopen(f"{page}/api/v1/cameras/yard/snapshot.jpg", timeout=TIMEOUT_S) as answer:
            assert answer.read(2) == b"\xff\xd8"
        assert run.stop() == 0


@pytest.mark.parametrize("delay_s", [0.2, 0.5])
def test_a_signal_while_it_starts_is_kept(delay_s: float, tmp_path: Path, systemd: Systemd) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("cameras: {front: {source: synthetic}}\n")
    with Running("run", "--config", file, "--no-web", env=systemd.environ) as run:
        time.sleep(delay_s)
        run.process.send_signal(signal.SIGHUP)
        systemd.receiver.settimeout(0.2)
        while run.process.poll() is None:
            with contextlib.suppress(TimeoutError):
                systemd.wait_for("READY=1")
                assert run.stop() == 0
                return
        assert run.process.returncode == -signal.SIGHUP  # before Python had come to our code


def test_without_a_file_it_ends_the_run() -> None:
    with Running("run", "--camera", "synthetic", "--port", "0") as run:
        page = run.page()
        until(lambda: state_of(page)["captured"])
        assert run.stop(signal.SIGHUP) == 0
        assert "frames captured" in "".join(run.lines)


@pytest.mark.parametrize("nohup", [False, True])
def test_a_terminal_that_goes_away_ends_the_run_unless_asked_otherwise(nohup: bool, tmp_path: Path) -> None:
    """The shell that a terminal's end ends too is played by a process between."""
    file, output = tmp_path / "config.yaml", tmp_path / "out.jsonl"
    file.write_text(f"cameras: {{front: {{source: synthetic}}}}\noutput: {{file: {output}}}\n")
    leader, follower = pty.openpty()
    prefix = ["nohup"] if nohup else []
    run = subprocess.Popen(
        [*prefix, *COMMAND, "run", "--config", str(file), "--no-web"],
        stdin=follower,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment(),
        start_new_session=True,
        preexec_fn=lambda: _control(follower),
    )
    os.close(follower)
    try:
        while not output.exists() or not output.stat().st_size:
            assert run.poll() is None
            time.sleep(0.05)
        os.close(leader)
        if nohup:
            size = output.stat().st_size
            while output.stat().st_size < size + 2000:
                assert run.poll() is None
                time.sleep(0.05)
            run.terminate()
        assert run.wait(TIMEOUT_S) == 0
    finally:
        run.kill()
        run.wait()


def _control(terminal: int) -> None:
    import fcntl
    import termios

    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
