"""``edge-mbv2 run`` in a process of its own: records, exit codes, one clear message each."""

import json
import os
import re
import signal
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes.command import COMMAND, TIMEOUT_S, Running, edge, environment, health, state_of
from fakes.waiting import until

from edge_mbv2 import resources


@pytest.fixture(scope="module")
def demo_records() -> list[bytes]:
    """What the demo clip gives, frame by frame."""
    run = subprocess.run(
        [*COMMAND, "run", "--camera", "demo", "--every-frame", "--json", "--no-web"],
        capture_output=True,
        timeout=TIMEOUT_S,
        env=environment(),
        check=True,
    )
    return run.stdout.splitlines()


def detections(lines: list[bytes]) -> list[dict[str, Any]]:
    return [record for line in lines if (record := json.loads(line))["type"] == "detections"]


def test_every_frame_of_the_demo_has_its_record(demo_records: list[bytes]) -> None:
    records = detections(demo_records)
    assert [record["frame"] for record in records] == list(range(240))
    assert [record["time"] for record in records] == [pytest.approx(n / 10) for n in range(240)]
    first = records[0]
    assert {key: first[key] for key in ("schema", "type", "camera", "width", "height", "engine")} == {
        "schema": 1,
        "type": "detections",
        "camera": "camera",
        "width": 640,
        "height": 480,
        "engine": "litert",
    }
    assert sum(len(record["detections"]) for record in records) > 240


def test_the_same_clip_gives_the_same_bytes(demo_records: list[bytes], tmp_path: Path) -> None:
    output = tmp_path / "records.jsonl"
    done = edge("run", "--camera", "demo", "--every-frame", "--no-web", "--output", output, "--threads", "1")
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert output.read_bytes().splitlines() == demo_records


def test_regions_find_more_and_the_gate_leaves_out_what_is_still(
    demo_records: list[bytes], tmp_path: Path
) -> None:
    output = tmp_path / "records.jsonl"
    common = ["run", "--camera", "demo", "--every-frame", "--framerate", "5", "--no-web", "--output", output]
    done = edge(*common, "--regions", "--motion-gate")
    assert done.returncode == 0, done.stderr
    told = re.search(r"120 frames captured, (\d+) analysed with (\d+) inferences, (\d+) skipped", done.stderr)
    assert told is not None, done.stderr
    analysed, inferences, skipped = (int(number) for number in told.groups())
    assert analysed + skipped == 120
    assert 0 < skipped < 30
    assert analysed < inferences <= 2.5 * analysed
    records = detections(output.read_bytes().splitlines())
    assert len(records) == analysed
    without = detections(demo_records)[::2]
    assert sum(len(r["detections"]) for r in records) > 1.1 * sum(len(r["detections"]) for r in without)


def test_a_cap_on_the_rate(tmp_path: Path) -> None:
    output = tmp_path / "records.jsonl"
    config = tmp_path / "config.yaml"
    config.write_text("analysis: {framerate: 5, every_frame: true}\n")
    done = edge("run", "--camera", "demo", "--no-web", "--output", output, "--config", config)
    assert "120 analysed, 120 skipped (rate)" in done.stderr
    records = detections(output.read_bytes().splitlines())
    assert [record["frame"] for record in records] == list(range(0, 240, 2))


def test_annotated_video(tmp_path: Path) -> None:
    import cv2

    video = tmp_path / "out.mp4"
    clip = resources.path("demo/demo.mp4")
    done = edge(
        "run", "--camera", clip, "--every-frame", "--framerate", "2", "--no-web", "--save-video", video
    )
    assert done.returncode == 0, done.stderr
    capture = cv2.VideoCapture(str(video))
    assert capture.get(cv2.CAP_PROP_FRAME_COUNT) == 48
    assert capture.get(cv2.CAP_PROP_FPS) == 2
    capture.release()


def test_no_camera_names_what_was_asked_what_exists_and_the_demo() -> None:
    done = edge("run", "--camera", "/dev/video63", "--no-web", "--log-level", "error")
    assert done.returncode == 4
    lines = done.stderr.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("edge-mbv2: no camera at /dev/video63")
    assert "--camera demo" in lines[0]
    assert "captured" not in edge("run", "--camera", "/dev/video63", "--no-web").stderr


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["--camera", "nonsense"], 4, "nonsense"),
        (["--camera", "file:none.mp4"], 4, "none.mp4"),
        (["--threshold", "2"], 2, "'--threshold': '2'; expected a number above 0 and below 1"),
        (["--threshold", "abc"], 2, "'--threshold': 'abc'; expected a number above 0 and below 1"),
        (["--threshold", "nan"], 2, "'--threshold': 'nan'; expected a number above 0 and below 1"),
        (["--framerate", "nan"], 2, "'--framerate': 'nan'; expected a number from 0.1 to 240"),
        (["--width", "1e3"], 2, "'--width': '1e3'; expected a whole number from 16 to 8192"),
        (["--threads", "0"], 2, "'--threads': '0'; expected a whole number from 1 to 64"),
        (["--record-max-bytes", "foo"], 2, "--record-max-bytes: record.max_bytes: 'foo': expected a size"),
        (["--camera", ""], 2, "--camera: cameras.camera.source: '': "),
        (["--rotation", "45"], 2, "--rotation"),
        (["--engine", "abacus"], 2, "abacus"),
        (["--nonsense"], 2, "--nonsense"),
        (["--model", "nonsense"], 5, "nonsense"),
        (["--model", "none.tflite"], 5, "none.tflite"),
        (["--labels", "none.txt"], 5, "none.txt"),
        (["--config", "none.yaml"], 3, "none.yaml"),
        (["--camera", "demo", "--every-frame", "--output", "missing/out.jsonl"], 2, "missing/out.jsonl"),
        (["--camera", "demo", "--every-frame", "--save-video", "out.gif"], 2, "out.gif"),
        (["--camera", "demo", "--every-frame", "--output", "/dev/full", "--no-web"], 1, "/dev/full"),
        (["--camera", "demo", "--output", "x", "--save-tracks", "x"], 2, "x: json lines and tracks would"),
        (["--camera", "demo", "--host", "no.such.host.invalid"], 2, "no.such.host.invalid"),
    ],
)
def test_wrong_input_has_its_exit_code_and_names_the_thing(
    arguments: list[str], code: int, told: str, tmp_path: Path
) -> None:
    done = edge("run", *arguments, "--port", "0", "--log-level", "error", cwd=tmp_path)
    assert done.returncode == code, done.stderr
    assert told in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    "words",
    [
        ["run", "--record", ""],
        ["run", "--output", ""],
        ["run", "--save-video", ""],
        ["run", "--save-tracks", ""],
        ["run", "--config", ""],
        ["detect", ""],
        ["detect", "demo", "--save", ""],
        ["replay", ""],
        ["config", "init", ""],
    ],
    ids=" ".join,
)
def test_an_empty_path_is_not_the_current_folder(words: list[str], tmp_path: Path) -> None:
    done = edge(*words, cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert "an empty path; name a file or a folder" in done.stderr
    assert os.listdir(tmp_path) == []


def test_wrong_configuration_is_told_with_lines(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("cameras:\n  front:\n    source: demo\n    widht: 3\nweb:\n  port: never\n")
    done = edge("run", "--config", config)
    assert done.returncode == 3
    assert done.stderr.splitlines() == [
        f"edge-mbv2: {config}:4: cameras.front.widht: unknown key; did you mean 'width'?",
        f"edge-mbv2: {config}:6: web.port: 'never': input should be a valid integer, "
        "unable to parse string as an integer",
    ]


def test_option_beats_environment_beats_file(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("cameras:\n  yard:\n    source: nonsense-of-the-file\n")

    def asked(*arguments: str, env: dict[str, str] | None = None) -> str:
        done = edge("run", "--config", config, *arguments, env=env)
        assert done.returncode == 4
        return done.stderr

    assert "nonsense-of-the-file" in asked()
    variable = {"EDGE_MBV2_CAMERA": "nonsense-of-the-environment"}
    assert "nonsense-of-the-environment" in asked(env=variable)
    assert "nonsense-of-the-option" in asked("--camera", "nonsense-of-the-option", env=variable)


def test_head_ends_the_run_quietly() -> None:
    with subprocess.Popen(
        [*COMMAND, "run", "--camera", "demo", "--json", "--no-web", "--log-level", "error"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    ) as run:
        assert run.stdout is not None
        assert run.stderr is not None
        run.stdout.readline()
        run.stdout.close()
        assert run.wait(60) == 0
        assert run.stderr.read() == b""


def test_the_page_of_a_running_demo(tmp_path: Path) -> None:
    with Running("run", "--camera", "demo", "--port", "0") as run:
        page = run.page()
        run.wait_for("ssh -L ")
        until(lambda: health(page)[0] == 200)
        with urllib.request.urlopen(f"{page}/snapshot.jpg", timeout=30) as answer:
            assert answer.read(2) == b"\xff\xd8"
        camera = state_of(page)
        assert camera["state"] == "streaming"
        assert camera["captured"] >= camera["analysed"] > 0
        assert run.stop() == 0


def test_a_second_run_on_one_port_leaves_everything_alone(tmp_path: Path) -> None:
    output = tmp_path / "out.jsonl"
    with Running("run", "--camera", "demo", "--port", "0") as first:
        port = first.page().rsplit(":", 1)[1]
        done = edge("run", "--camera", "demo", "--port", port, "--output", output)
        assert done.returncode == 2
        (line,) = done.stderr.splitlines()
        assert f"port {port}" in line
        assert "--port" in line
        assert not output.exists()
        assert first.stop() == 0


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[tuple[socket.socket, dict[str, str]]]:
    """systemd's side of the notification socket, and the environment that names it."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(str(tmp_path / "notify"))
        receiver.settimeout(60)
        yield receiver, {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "400000"}


def test_systemd_is_told_the_truth(systemd: tuple[socket.socket, dict[str, str]]) -> None:
    receiver, env = systemd

    def next_with(field: str) -> str:
        while True:
            message = receiver.recv(4096).decode()
            if field in message:
                return message

    with Running("run", "--camera", "demo", "--no-web", env=env) as run:
        ready = next_with("READY=1")
        assert "STATUS=camera " in ready
        assert "litert" in ready
        next_with("WATCHDOG=1")
        next_with(" fps, litert")
        run.process.send_signal(signal.SIGTERM)
        next_with("STOPPING=1")
        assert run.stop() == 0


def test_ready_does_not_wait_for_the_camera(
    systemd: tuple[socket.socket, dict[str, str]], tmp_path: Path
) -> None:
    """A pipe that nobody writes to stands for a camera whose driver hangs."""
    receiver, env = systemd
    pipe = tmp_path / "camera.jpg"
    os.mkfifo(pipe)
    with Running("run", "--camera", f"file:{pipe}", "--no-web", env=env) as run:
        while "READY=1" not in receiver.recv(4096).decode():
            pass
        assert run.stop() == 0
