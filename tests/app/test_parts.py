"""What one configuration shares with the next, and what is opened for it."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from fakes.results import result

from edge_mbv2.app.parts import Maker, Parts, as_far_as_running
from edge_mbv2.config.load import load
from edge_mbv2.config.schema import Config
from edge_mbv2.errors import EdgeError, UsageError
from edge_mbv2.pipeline.metrics import Metrics
from edge_mbv2.pipeline.slot import LatestSlot


def config(tmp_path: Path, text: str) -> Config:
    file = tmp_path / "config.yaml"
    file.write_text(text)
    return load(file)


def maker(first: Config) -> Maker:
    return Maker(
        first, lambda result: "", lambda result: {}, LatestSlot(lambda frame, reason: None), Metrics([])
    )


def opened(parts: Parts) -> Parts:
    parts.analyser.open()
    for publisher in parts.outputs.publishers:
        publisher.open()
    return parts


TWO = "cameras: {front: {source: demo}, yard: {source: synthetic}}\n"


def test_what_stays_the_same_is_kept(tmp_path: Path) -> None:
    makes = maker(config(tmp_path, TWO))
    old = makes.make(config(tmp_path, TWO + "output: {file: a.jsonl, video: a.mp4}\n"))
    new = makes.make(
        config(tmp_path, TWO.replace("demo", "demo, width: 320") + "output: {file: b.jsonl, video: a.mp4}\n"),
        old,
    )
    assert new.captures["yard"] is old.captures["yard"]
    assert new.captures["front"] is not old.captures["front"]
    assert new.analyser is old.analyser
    assert len(set(new.outputs.publishers) & set(old.outputs.publishers)) == 2  # a video for each camera
    same = makes.make(old.config, old)
    assert (same.captures, same.analyser) == (old.captures, old.analyser)
    assert same.outputs.publishers == old.outputs.publishers


def test_each_camera_has_a_video_of_its_own(tmp_path: Path) -> None:
    several = config(tmp_path, TWO + f"output: {{video: {tmp_path}/out.v2.mp4}}\n")
    parts = opened(maker(several).make(several))
    for name, count in {"front": 5, "yard": 12}.items():
        for n in range(count):
            parts.outputs.publish(result(n, camera=name))
            for publisher in parts.outputs.publishers:
                publisher.step()
    for publisher in parts.outputs.publishers:
        publisher.stop()
    for name, count in {"front": 5, "yard": 12}.items():
        capture = cv2.VideoCapture(str(tmp_path / f"out.v2-{name}.mp4"))
        assert capture.get(cv2.CAP_PROP_FRAME_COUNT) == count
        capture.release()
    assert not (tmp_path / "out.v2.mp4").exists()
    parts.analyser.close()


def test_a_recording_goes_on_and_is_of_one_model(tmp_path: Path) -> None:
    text = TWO + f"record: {{folder: {tmp_path}/kept}}\n"
    makes = maker(config(tmp_path, text))
    old = makes.make(config(tmp_path, text))
    new = makes.make(config(tmp_path, text.replace("yard", "lane")), old)
    assert new.recorder is old.recorder is not None
    assert new.outputs.publishers == old.outputs.publishers
    with pytest.raises(UsageError, match="a recording is of one model"):
        makes.make(config(tmp_path, text + "model: {threshold: 0.9}\n"), old)


@pytest.mark.parametrize(
    ("model", "shares"), [("threshold: 0.9", True), ("threads: 1", False), ("engine: numpy", False)]
)
def test_an_engine_is_shared_where_only_the_threshold_differs(
    model: str, shares: bool, tmp_path: Path
) -> None:
    makes = maker(config(tmp_path, TWO))
    old = opened(makes.make(config(tmp_path, TWO)))
    new = makes.make(config(tmp_path, f"{TWO}model: {{{model}}}\n"), old)
    new.open_beside(old)
    assert (new.analyser.backend is old.analyser.backend) == shares
    old.analyser.close(keep=new.analyser)
    backend, detector = new.analyser.open()
    tensor, geometry = detector.preprocess(np.zeros((48, 64, 3), np.uint8))
    found = detector.decode(backend.invoke(tensor), geometry)
    assert all(each.score < detector.threshold for each in found)
    new.analyser.close()


def test_labels_that_were_edited_in_place_are_read_again(tmp_path: Path) -> None:
    labels = tmp_path / "labels.txt"
    labels.write_text("Mensch\n")
    settings = config(tmp_path, f"{TWO}model: {{labels: {labels}}}\n")
    makes = maker(settings)
    old = opened(makes.make(settings))
    assert makes.make(settings, old).analyser is old.analyser
    labels.write_text("Person\n")
    new = makes.make(settings, old)
    new.open_beside(old)
    assert new.analyser.open()[1].labels == ("Person",)
    assert new.analyser.backend is old.analyser.backend
    old.analyser.close()


def test_what_was_edited_in_place_does_not_get_into_a_recording(tmp_path: Path) -> None:
    labels = tmp_path / "labels.txt"
    labels.write_text("Mensch\n")
    settings = config(tmp_path, f"{TWO}model: {{labels: {labels}}}\nrecord: {{folder: {tmp_path}/kept}}\n")
    makes = maker(settings)
    old = makes.make(settings)
    assert makes.make(settings, old).analyser is old.analyser
    labels.write_text("Person\n")
    with pytest.raises(UsageError, match="a recording is of one model"):
        makes.make(settings, old)


def test_what_can_not_be_opened_leaves_nothing_open(tmp_path: Path) -> None:
    makes = maker(config(tmp_path, TWO))
    old = opened(makes.make(config(tmp_path, TWO)))
    text = f"{TWO}output: {{file: {tmp_path}/a.jsonl, video: /none/a.mp4}}\n"
    new = makes.make(config(tmp_path, text), old)
    with pytest.raises(EdgeError, match=r"/none/a-front\.mp4"):
        new.open_beside(old)
    assert old.analyser.backend is not None
    with pytest.raises(AssertionError, match="publish before open"):
        new.outputs.publishers[0].sink.publish("{}")
    old.analyser.close()


def test_what_is_refused_empties_no_file(tmp_path: Path) -> None:
    (tmp_path / "t-front.csv").write_text("of an earlier run")
    (tmp_path / "t-yard.csv").mkdir()
    makes = maker(config(tmp_path, TWO))
    old = opened(makes.make(config(tmp_path, TWO)))
    new = makes.make(config(tmp_path, f"{TWO}output: {{tracks: {tmp_path}/t.csv}}\n"), old)
    with pytest.raises(UsageError, match=r"t-yard\.csv: is a folder"):
        new.open_beside(old)
    assert (tmp_path / "t-front.csv").read_text() == "of an earlier run"
    old.analyser.close()


def test_a_camera_that_comes_back_has_files_of_its_own(tmp_path: Path) -> None:
    two = f"{TWO}output: {{tracks: {tmp_path}/t.csv, video: {tmp_path}/v.mp4}}\n"
    one = two.replace(", yard: {source: synthetic}", "")
    makes = maker(config(tmp_path, two))
    old = opened(makes.make(config(tmp_path, two)))
    for frame, text in enumerate((one, two)):
        old.outputs.publish(result(frame, camera="yard"))
        for publisher in old.outputs.publishers:
            publisher.step()
        new = makes.make(config(tmp_path, text), old)
        new.open_beside(old)
        for publisher in set(old.outputs.publishers) - set(new.outputs.publishers):
            publisher.stop()
        old = new
    old.outputs.publish(result(2, camera="yard"))
    for publisher in old.outputs.publishers:
        publisher.step()
        publisher.stop()
    names = {path.name for path in tmp_path.iterdir()}
    assert {"t-yard.csv", "t-yard.2.csv", "v-yard.mp4", "v-yard.2.mp4"} <= names
    assert not any(".3." in name for name in names)
    old.analyser.close()


@pytest.mark.parametrize(
    ("output", "told"),
    [
        ("file: x.csv, tracks: x.csv", "json lines and tracks"),
        ("file: v.mp4, video: v.mp4", "json lines and video"),
        ("tracks: v.mp4, video: v.mp4", "video and tracks"),
        ("file: sub/../x.csv, tracks: link/x.csv", "json lines and tracks"),
        ("file: kept", "json lines and recording"),
    ],
)
def test_two_outputs_are_not_one_file(
    output: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sub").mkdir()
    (tmp_path / "link").symlink_to(tmp_path)
    one = "cameras: {front: {source: demo}}\nrecord: {folder: kept}\n"
    wrong = config(tmp_path, f"{one}output: {{{output}}}\n")
    with pytest.raises(UsageError, match=f"{told} would be written to the same file; name another"):
        maker(wrong).make(wrong)


def test_nor_are_they_where_only_a_cameras_file_has_the_name(tmp_path: Path) -> None:
    wrong = config(tmp_path, f"{TWO}output: {{file: {tmp_path}/x-yard.csv, tracks: {tmp_path}/x.csv}}\n")
    with pytest.raises(UsageError, match=r"x-yard\.csv: json lines and tracks would be"):
        maker(wrong).make(wrong)
    right = config(
        tmp_path, "cameras: {front: {source: demo}}\noutput: {file: /dev/null, tracks: /dev/null}\n"
    )
    maker(right).make(right)


def test_recordings_in_their_own_time_do_not_give_way_to_a_device(
    tmp_path: Path,
) -> None:
    first = config(tmp_path, TWO + "analysis: {every_frame: true}\n")
    makes = maker(first)
    old = makes.make(first)
    with pytest.raises(UsageError, match="takes a restart"):
        makes.make(config(tmp_path, "cameras: {front: {source: 0}}\nanalysis: {every_frame: true}\n"), old)


def test_what_takes_a_restart_stays_as_it_is(tmp_path: Path) -> None:
    running = config(tmp_path, TWO)
    wanted = config(tmp_path, "web: {port: 1}\nanalysis: {every_frame: true}\nmodel: {threads: 2}\n")
    now = as_far_as_running(wanted, running)
    assert (now.web, now.analysis, now.model) == (running.web, running.analysis, wanted.model)


@pytest.mark.parametrize("output", ["file", "video", "tracks"])
def test_what_is_read_is_not_written(output: str, tmp_path: Path) -> None:
    video = tmp_path / "yard.mp4"
    video.write_bytes(b"somebody's only copy")
    (tmp_path / "link.mp4").symlink_to(video)
    wrong = config(
        tmp_path,
        f"cameras: {{front: {{source: {video}}}}}\nanalysis: {{every_frame: true}}\n"
        f"output: {{{output}: {tmp_path}/link.mp4}}\n",
    )
    with pytest.raises(UsageError, match=r"link\.mp4: .* would be written into a file that is read; name an"):
        maker(wrong).make(wrong)
    assert video.read_bytes() == b"somebody's only copy"
