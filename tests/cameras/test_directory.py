"""Folders of pictures and single pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from fakes.camera_contract import make
from fakes.media import encoded, jpeg_with_exif, marked_picture

from edge_mbv2.cameras import Camera
from edge_mbv2.errors import MediaError
from edge_mbv2.types import Frame


def folder_of(folder: Path, **contents: bytes) -> Path:
    for name, data in contents.items():
        (folder / name.replace("__", ".")).write_bytes(data)
    return folder


def read_all(camera: Camera) -> list[Frame | str]:
    """Read to the end, taking an error's message for a wrong picture."""
    results: list[Frame | str] = []
    while True:
        try:
            frame = camera.read()
        except MediaError as exc:
            results.append(str(exc))
            continue
        if frame is None:
            return results
        results.append(frame)


def test_natural_order_and_the_pictures_times(tmp_path: Path) -> None:
    picture = encoded(".png")
    folder_of(
        tmp_path, b__png=picture, img10__png=picture, img2__png=picture, IMG1__PNG=picture, a9x2__png=picture
    )
    (tmp_path / "notes.txt").write_text("not a picture")
    (tmp_path / "._img3.png").write_text("macOS's")
    (tmp_path / "sub.png").mkdir()
    camera = make(f"dir:{tmp_path}", loop=False)
    camera.open()
    frames = read_all(camera)
    names = [Path(frame.file).name for frame in frames]
    assert names == ["a9x2.png", "b.png", "IMG1.PNG", "img2.png", "img10.png"]
    assert [frame.timestamp_ns for frame in frames] == [n * 10**9 for n in range(5)]
    assert camera.description == f"{tmp_path}, 5 pictures"
    assert camera.read() is None


def test_framerate_sets_the_times_and_loop_goes_on_with_them(tmp_path: Path) -> None:
    folder_of(tmp_path, a__png=encoded(".png"), b__png=encoded(".png"))
    camera = make(str(tmp_path), framerate=4.0)
    camera.open()
    frames = [camera.read() for _ in range(5)]
    assert [Path(frame.file).name[0] for frame in frames] == ["a", "b", "a", "b", "a"]
    assert [frame.timestamp_ns for frame in frames] == [n * 250_000_000 for n in range(5)]


def test_a_wrong_picture_is_named_and_the_others_go_on(tmp_path: Path) -> None:
    picture = encoded(".png")
    folder_of(tmp_path, a__png=picture, b__jpg=b"words", c__png=picture[:200], d__png=picture)
    camera = make(str(tmp_path), loop=False)
    camera.open()
    first, second, third, fourth = read_all(camera)
    assert "b.jpg" in second
    assert "c.png" in third
    assert (first.sequence, first.timestamp_ns) == (0, 0)
    # Its place in time stays its own, whatever became of the pictures before it.
    assert (fourth.sequence, fourth.timestamp_ns) == (1, 3 * 10**9)


def test_a_folder_of_wrong_pictures_is_not_tried_for_ever(tmp_path: Path) -> None:
    folder_of(tmp_path, a__jpg=b"words", b__jpg=b"")
    camera = make(str(tmp_path), loop=True)
    camera.open()
    assert len(read_all(camera)) == 2


def test_a_single_picture(tmp_path: Path) -> None:
    path = tmp_path / "p.jpg"
    path.write_bytes(jpeg_with_exif(6))
    camera = make(str(path), loop=False)
    camera.open()
    (frame,) = read_all(camera)
    assert frame.file == str(path)
    assert frame.image.shape == (80, 60, 3)
    assert camera.description == f"{path}, 1 picture"


def test_pictures_of_several_sizes_are_scaled_to_one(tmp_path: Path) -> None:
    folder_of(
        tmp_path,
        a__png=encoded(".png", marked_picture(40, 30)),
        b__png=encoded(".png", marked_picture(100, 50)),
    )
    camera = make(str(tmp_path), loop=False, width=64, height=48, hflip=True)
    camera.open()
    assert [frame.image.shape for frame in read_all(camera)] == [(48, 64, 3)] * 2
    as_they_are = make(str(tmp_path), loop=False)
    as_they_are.open()
    assert [frame.image.shape for frame in read_all(as_they_are)] == [(30, 40, 3), (50, 100, 3)]


def test_pictures_are_turned_exactly(tmp_path: Path) -> None:
    folder_of(tmp_path, a__png=encoded(".png"))
    camera = make(str(tmp_path), vflip=True, rotation=270)
    camera.open()
    frame = camera.read()
    assert frame is not None
    assert np.array_equal(frame.image, np.rot90(marked_picture()[::-1]))


@pytest.mark.parametrize(
    ("source", "message"),
    [("dir:{}/absent", "No such file"), ("dir:{}", "holds no picture"), ("file:{}/x.jpg", "No such")],
)
def test_what_holds_no_picture_is_refused_at_once(source: str, message: str, tmp_path: Path) -> None:
    camera = make(source.format(tmp_path))
    with pytest.raises(MediaError, match=message) as caught:
        camera.open()
    assert str(tmp_path) in str(caught.value)
