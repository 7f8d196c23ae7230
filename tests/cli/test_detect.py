"""``edge-mbv2 detect`` in a process of its own."""

import json
import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest
from fakes.command import COMMAND, edge, environment
from fakes.media import damaged_demo

from edge_mbv2 import resources


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two frames of the demo clip with people on them, and an empty one, as a folder."""
    folder = tmp_path_factory.mktemp("pictures")
    capture = cv2.VideoCapture(str(resources.path("demo/demo.mp4")))
    for number in range(60):
        _, image = capture.read()
        if number in (30, 50):
            cv2.imwrite(str(folder / f"{number}.png"), image)
    capture.release()
    cv2.imwrite(str(folder / "empty.jpg"), np.full((200, 300, 3), 128, np.uint8))
    return folder


def records(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def test_what_was_found_in_words(pictures: Path) -> None:
    done = edge("detect", pictures)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line.split(": ")[0] for line in lines] == [
        str(pictures / name) for name in ("30.png", "50.png", "empty.jpg")
    ]
    assert ": person 0." in lines[0]
    assert lines[2].endswith(": nothing")


def test_records_of_a_folder_and_of_a_picture(pictures: Path) -> None:
    done = edge("detect", pictures, pictures / "30.png", "--json")
    assert done.returncode == 0, done.stderr
    found = records(done.stdout)
    assert [Path(record["file"]).name for record in found] == ["30.png", "50.png", "empty.jpg", "30.png"]
    assert found[0]["detections"] == found[3]["detections"] != []
    assert found[2]["detections"] == []


def test_exif_rotation_is_applied(pictures: Path, tmp_path: Path) -> None:
    """A picture stored on its side, with the note that says so, is found in as if it stood upright."""
    upright = cv2.imread(str(pictures / "30.png"))
    jpeg = cv2.imencode(".jpg", cv2.rotate(upright, cv2.ROTATE_90_COUNTERCLOCKWISE))[1].tobytes()
    orientation_6 = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
    segment = b"\xff\xe1" + (len(orientation_6) + 2).to_bytes(2, "big") + orientation_6
    (tmp_path / "side.jpg").write_bytes(jpeg[:2] + segment + jpeg[2:])
    cv2.imwrite(str(tmp_path / "upright.jpg"), upright)
    done = edge("detect", tmp_path, "--json")
    side, straight = records(done.stdout)
    assert (side["width"], side["height"]) == (640, 480)
    best, expected = side["detections"][0], straight["detections"][0]
    assert best["score"] > 0.6
    assert np.allclose(best["box"], expected["box"], atol=8)


def test_a_wrong_file_is_named_and_the_rest_goes_on(pictures: Path, tmp_path: Path) -> None:
    wrong = {
        "text.mp4": b"words, words, words",
        "empty.png": b"",
        "cut.jpg": cv2.imencode(".jpg", np.zeros((64, 64, 3), np.uint8))[1].tobytes()[:200],
        "clip.mp4": resources.path("demo/demo.mp4").read_bytes()[:40_000],
    }
    for name, data in wrong.items():
        (tmp_path / name).write_bytes(data)
    paths = [tmp_path / name for name in wrong]
    done = edge("detect", *paths, tmp_path / "missing.jpg", pictures / "30.png", "--json")
    assert done.returncode == 4
    assert [Path(record["file"]).name for record in records(done.stdout)] == ["30.png"]
    told = done.stderr.splitlines()
    for name, line in zip([*wrong, "missing.jpg"], told, strict=False):
        assert name in line
    assert told[-1] == "edge-mbv2: 5 files could not be read"
    assert len(told) == 6


def test_a_damaged_video_gives_what_comes_before_the_damage(pictures: Path, tmp_path: Path) -> None:
    (tmp_path / "damaged.mp4").write_bytes(damaged_demo())
    done = edge("detect", tmp_path / "damaged.mp4", pictures / "30.png", "--json")
    assert done.returncode == 4
    assert len(records(done.stdout)) == 40 + 1
    assert done.stderr.splitlines() == [
        f"edge-mbv2: {tmp_path}/damaged.mp4 is damaged after frame 40 of 240",
        "edge-mbv2: 1 file could not be read",
    ]


def test_a_wrong_picture_in_a_folder(pictures: Path, tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"no picture")
    (tmp_path / "b.png").write_bytes((pictures / "30.png").read_bytes())
    done = edge("detect", tmp_path)
    assert done.returncode == 4
    assert "b.png: person" in done.stdout
    assert "a.jpg" in done.stderr


def test_a_number_is_a_file_here_and_never_a_device(tmp_path: Path) -> None:
    done = edge("detect", "0", cwd=tmp_path)
    assert done.returncode == 4
    assert "No such file" in done.stderr


def test_annotated_copies_and_records_to_a_file(pictures: Path, tmp_path: Path) -> None:
    done = edge("detect", pictures, "demo", "--save", tmp_path / "out", "--output", tmp_path / "out.jsonl")
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "30.png",
        "50.png",
        "demo.mp4",
        "empty.jpg",
    ]
    assert len((tmp_path / "out.jsonl").read_text().splitlines()) == 243
    before = cv2.imread(str(pictures / "30.png"))
    after = cv2.imread(str(tmp_path / "out" / "30.png"))
    changed = np.any(before != after, axis=2).mean()
    assert 0.001 < changed < 0.3


def test_tiles_are_looked_at_and_shown(pictures: Path, tmp_path: Path) -> None:
    from_whole, from_tiles = (
        records(edge("detect", pictures / "30.png", "--json", "--tiles", tiles).stdout)[0]["detections"]
        for tiles in ("none", "auto")
    )
    assert len(from_tiles) >= len(from_whole) > 0
    assert from_tiles != from_whole
    copies = []
    for overlay in ("--no-debug-overlay", "--debug-overlay"):
        folder = tmp_path / overlay.strip("-")
        done = edge("detect", pictures / "30.png", "--tiles", "2x2", overlay, "--save", folder)
        assert done.returncode == 0, done.stderr
        copies.append(cv2.imread(str(folder / "30.png")))
    assert (copies[1] == 255).all(axis=2).sum() > (copies[0] == 255).all(axis=2).sum() + 1000


@pytest.mark.parametrize("tiles", ["2", "0x2", "9x1", "2 x 2", "all"])
def test_tiles_that_mean_nothing(tiles: str) -> None:
    done = edge("detect", "demo", "--tiles", tiles)
    assert done.returncode == 2
    assert "expected none, auto, or columns x rows, such as 3x2" in " ".join(done.stderr.split())


def test_the_threshold_counts(pictures: Path) -> None:
    low, high = (
        sum(len(record["detections"]) for record in records(done.stdout))
        for done in (edge("detect", pictures, "--json", "--threshold", value) for value in ("0.1", "0.9"))
    )
    assert low > high


def test_labels_of_ones_own(pictures: Path, tmp_path: Path) -> None:
    labels = tmp_path / "labels.txt"
    labels.write_text("Mensch\n")
    done = edge("detect", pictures / "30.png", "--labels", labels)
    assert ": Mensch 0." in done.stdout
    labels.write_text("one\ntwo\n")
    done = edge("detect", pictures / "30.png", "--labels", labels)
    assert done.returncode == 5
    assert str(labels) in done.stderr


def test_a_reader_that_goes_away_is_no_failure(pictures: Path) -> None:
    with subprocess.Popen(
        [*COMMAND, "detect", *[str(pictures)] * 20],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    ) as run:
        assert run.stdout is not None
        assert run.stderr is not None
        run.stdout.readline()
        run.stdout.close()
        assert run.stderr.read() == b""
        assert run.wait(60) == 0


@pytest.mark.parametrize("closed", [1, 2])
def test_closed_standard_streams(closed: int, pictures: Path) -> None:
    done = subprocess.run(
        ["sh", "-c", f'exec "$@" {closed}>&-', "sh", *COMMAND, "detect", str(pictures)],
        capture_output=True,
        text=True,
        timeout=60,
        env=environment(),
        check=False,
    )
    assert done.returncode == 0
    assert done.stderr == ""


@pytest.mark.parametrize("option", ["--output", "--save"])
def test_two_outputs_are_not_one_file(option: str, tmp_path: Path) -> None:
    done = edge("detect", "demo", "--save-tracks", "x", option, "x", cwd=tmp_path)
    assert done.returncode == 2
    assert "tracks would be written to the same file" in done.stderr
    assert not list(tmp_path.iterdir())


def test_a_picture_that_is_read_is_not_written(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"a picture")
    done = edge("detect", "a.jpg", "--output", "a.jpg", cwd=tmp_path)
    assert done.returncode == 2
    assert "a.jpg: json lines would be written into a file that is read; name another" in done.stderr
    assert (tmp_path / "a.jpg").read_bytes() == b"a picture"


def test_nothing_named() -> None:
    assert edge("detect").returncode == 2
