"""``run --record`` and ``replay`` in processes of their own: the same bytes, whatever runs them."""

import json
import re
import signal
import subprocess
from pathlib import Path

import pytest
from fakes.command import TIMEOUT_S, Running, edge
from fakes.recordings import noisy
from fakes.recordings import recorded as scripted
from fakes.waiting import until

from edge_mbv2.pipeline import recording

CONFIG = """
cameras:
  front: {source: demo, framerate: 0.5}
  yard:
    source: demo
    framerate: 2
    hflip: true
    privacy_masks: [[[0, 0], [1, 0], [1, 0.1], [0, 0.1]]]
    zones: {left: {points: [[0, 0], [0.5, 0], [0.5, 1], [0, 1]]}}
    lines: {middle: {start: [0.5, 1], end: [0.5, 0]}}
    objects: {person: {threshold: 0.4}}
analysis: {every_frame: true, regions: true, motion_gate: true, look_every_s: 2}
web: {enabled: false}
"""


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes]:
    """A recording of two cameras, and the records that the run wrote."""
    folder = tmp_path_factory.mktemp("recorded")
    config, output = folder / "config.yaml", folder / "records.jsonl"
    config.write_text(CONFIG)
    video = folder / "boxes.mp4"
    done = edge(
        "run", "--config", config, "--record", folder / "frames", "--output", output, "--save-video", video
    )
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in folder.glob("*.mp4")) == ["boxes-front.mp4", "boxes-yard.mp4"]
    assert "skipped (gate)" in done.stderr
    return folder / "frames", output.read_bytes()


def analysed(records: bytes) -> int:
    return records.count(b'"type":"detections"')


def digest(*arguments: str | Path) -> str:
    done = edge("replay", *arguments)
    assert done.returncode == 0, done.stderr
    frames, found, digest = done.stdout.splitlines()
    assert re.match(r"\d+ frames of front, yard over 2\d\.\d s, ", frames)
    assert found == "every frame gives the detections of the run"
    assert digest.startswith("sha256 ")
    return digest


def test_a_replay_writes_what_the_run_wrote(recorded: tuple[Path, bytes], tmp_path: Path) -> None:
    folder, records = recorded
    for told in (b'"track":', b'"type":"end"', b'"type":"line_cross"', b'"current_zones":["left"]'):
        assert told in records
    lines = [json.loads(line) for index in folder.glob("*/*.jsonl") for line in whole_lines(index)[1:]]
    assert {line["type"] for line in lines} == {"frame", "skipped"}
    assert len({len(line.get("regions", ())) for line in lines}) > 2
    output = tmp_path / "records.jsonl"
    digest(folder, "--output", output, "--save-tracks", tmp_path / "tracks.csv")
    assert output.read_bytes() == records
    assert (tmp_path / "tracks-yard.csv").stat().st_size > 1000


@pytest.mark.timeout(400)
def test_the_digest_is_the_same_with_other_threads_and_another_engine(recorded: tuple[Path, bytes]) -> None:
    folder, _ = recorded
    variants = (["--threads", "1"], ["--threads", "2"], ["--engine", "numpy", "--threads", "2"])
    assert len({digest(folder, *variant) for variant in variants}) == 1


def test_records_and_digest_for_programs(recorded: tuple[Path, bytes]) -> None:
    folder, records = recorded
    done = edge("replay", folder, "--json")
    assert done.returncode == 0
    assert done.stderr == ""
    *lines, last = done.stdout.splitlines()
    assert "".join(f"{line}\n" for line in lines).encode() == records
    summary = json.loads(last)
    assert (summary["type"], summary["frames"], summary["differing"]) == ("replay", analysed(records), 0)
    other = edge("replay", folder, "--json", "--threshold", "0.7")
    summary_other = json.loads(other.stdout.splitlines()[-1])
    assert summary_other["differing"] > 0
    assert summary_other["sha256"] != summary["sha256"]


@pytest.mark.timeout(400)
def test_two_engines_compared(recorded: tuple[Path, bytes]) -> None:
    folder, records = recorded
    frames = analysed(records)
    done = edge("replay", folder, "--diff", "recorded", "litert")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"recorded and litert find the same in all {frames} frames\n"
    done = edge(
        "replay", folder, "--diff", "recorded", "litert", "--threshold", "0.7", "--log-level", "error"
    )
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert lines[0].startswith(("front frame ", "yard frame "))
    assert " recorded: person 0." in lines[0]
    assert done.stderr == f"edge-mbv2: recorded and litert differ in {len(lines)} of {frames} frames\n"
    done = edge("replay", folder, "--diff", "recorded", "litert", "--threshold", "0.7", "--json")
    *differences, summary = map(json.loads, done.stdout.splitlines())
    assert done.returncode == 1
    assert summary["differing"] == len(differences) == len(lines)
    first = differences[0]
    assert len(first["a"]["detections"]) > len(first["b"]["detections"])


def test_what_differs_is_shown_by_the_options_that_are_named(recorded: tuple[Path, bytes]) -> None:
    folder, _ = recorded
    told = edge("replay", folder, "--threshold", "0.7").stdout.splitlines()[1]
    count, options = re.fullmatch(r"(\d+) frames differ from .* run, see (.*)", told).groups()  # type: ignore[union-attr]
    assert options == "--diff recorded auto --threshold 0.7"
    done = edge("replay", folder, *options.split(), "--log-level", "error")
    assert len(done.stdout.splitlines()) == int(count) > 0


def test_another_model_is_refused_unless_asked_for(recorded: tuple[Path, bytes], tmp_path: Path) -> None:
    folder, _ = recorded
    run = recording.load(folder).folder
    copy = tmp_path / "copy"
    copy.mkdir()
    for path in run.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    index = copy / "000001.jsonl"
    text = index.read_text()
    sha256 = recording.load(folder).header["model"]["sha256"]
    index.write_text(text.replace(sha256, "f" * 64, 1))
    done = edge("replay", copy)
    assert done.returncode == 5
    assert "was recorded with ssdlite_mobilenet_v2_person of sha256 ffffffffffff" in done.stderr
    assert "--model" in done.stderr
    done = edge("replay", copy, "--model", "ssdlite_mobilenet_v2_person")
    assert done.returncode == 0
    assert "expect other results" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["none"], 4, "none: No such file"),
        (["."], 4, "holds no recording"),
        ([], 2, "DIR"),
        (["FOLDER", "--diff", "litert"], 2, "--diff"),
        (["FOLDER", "--diff", "litert", "abacus"], 2, "abacus"),
        (["FOLDER", "--diff", "litert", "numpy", "--engine", "numpy"], 2, "leave out --engine"),
        (["FOLDER", "--engine", "abacus"], 2, "abacus"),
        (["FOLDER", "--output", "missing/out.jsonl"], 2, "missing/out.jsonl"),
        (["FOLDER", "--output", "x-front", "--save-tracks", "x"], 2, "x-front: json lines and tracks"),
    ],
)
def test_wrong_input_has_its_exit_code_and_names_the_thing(
    arguments: list[str], code: int, told: str, recorded: tuple[Path, bytes], tmp_path: Path
) -> None:
    folder, _ = recorded
    done = edge("replay", *(folder if each == "FOLDER" else each for each in arguments), cwd=tmp_path)
    assert done.returncode == code, done.stderr
    assert told in done.stderr
    assert done.stdout == ""


def whole_lines(file: Path) -> list[str]:
    lines = file.read_text().splitlines(keepends=True) if file.exists() else []
    return [line.rstrip("\n") for line in lines if line.endswith("\n")]


def detections(lines: list[str]) -> list[str]:
    return [line for line in lines if '"type":"detections"' in line]


def test_a_live_run_that_was_killed_replays_as_it_ran(tmp_path: Path) -> None:
    folder, output = tmp_path / "frames", tmp_path / "records.jsonl"

    def told_and_kept() -> int:
        """Return how many frames are in both files; either may have got further than the other."""
        kept = [json.loads(line) for index in folder.glob("*/*.jsonl") for line in whole_lines(index)[1:]]
        told = {json.loads(line)["frame"] for line in detections(whole_lines(output))}
        return len(told & {line["record"]["frame"] for line in kept if line["type"] == "frame"})

    with Running("run", "--camera", "demo", "--no-web", "--record", folder, "--output", output) as run:
        run.wait_for("recording into ")
        until(lambda: told_and_kept() >= 5)
        run.process.send_signal(signal.SIGKILL)
        run.process.wait(TIMEOUT_S)
    done = edge("replay", folder, "--json", "--log-level", "error")
    assert done.returncode == 0, done.stderr
    *lines, summary = done.stdout.splitlines()
    assert json.loads(summary)["differing"] == 0
    assert len(detections(lines)) == len(recording.load(folder).frames)
    assert len(set(detections(lines)) & set(whole_lines(output))) == told_and_kept() >= 5


def test_a_replay_that_is_stopped_gives_no_digest(tmp_path: Path) -> None:
    frames = 3000  # more than any machine analyses before the signal comes
    scripted(tmp_path, (noisy(n, width=8, height=4) for n in range(frames)))
    arguments = ("--model", "ssdlite_mobilenet_v2_person", "--engine", "numpy", "--log-level", "info")
    with Running("replay", tmp_path, *arguments, stdout=subprocess.PIPE) as run:
        run.wait_for("numpy: ")
        assert run.stop(signal.SIGINT) == 0
        assert f" of {frames} frames" in run.wait_for("stopped after ")
        assert run.process.stdout is not None
        assert run.process.stdout.read() == ""


def test_a_configuration_that_was_damaged_is_told(recorded: tuple[Path, bytes], tmp_path: Path) -> None:
    run = recording.load(recorded[0]).folder
    for path in run.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    index = tmp_path / "000001.jsonl"
    index.write_text(
        index.read_text().replace('"armed": true', '"armed": 2').replace('"armed":true', '"armed":2')
    )
    done = edge("replay", tmp_path)
    assert done.returncode == 4
    assert "recorded configuration: cameras.front.armed: 2" in done.stderr
    assert "Traceback" not in done.stderr
