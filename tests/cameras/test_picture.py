"""Reading picture files, right and wrong ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from fakes.media import (
    GREEN,
    RED,
    encoded,
    huge_png,
    jpeg_with_exif,
    marked_picture,
    png_with_exif,
    tiff_with_orientation,
    webp_with_exif,
)

from edge_mbv2.cameras.picture import SUFFIXES, load_picture
from edge_mbv2.errors import MediaError

# Where the red and the green quarter are (row, column: 0 or 1) for each EXIF orientation.
CORNERS = {
    1: ((0, 0), (1, 1)),
    2: ((0, 1), (1, 0)),
    3: ((1, 1), (0, 0)),
    4: ((1, 0), (0, 1)),
    5: ((0, 0), (1, 1)),
    6: ((0, 1), (1, 0)),
    7: ((1, 1), (0, 0)),
    8: ((1, 0), (0, 1)),
}
SWAPPED = (5, 6, 7, 8)


def load(folder: Path, name: str, data: bytes) -> np.ndarray:
    path = folder / name
    path.write_bytes(data)
    return load_picture(path)


def centre_of_quarter(image: np.ndarray, row: int, column: int) -> np.ndarray:
    height, width = image.shape[:2]
    return image[height * (1 + 2 * row) // 4, width * (1 + 2 * column) // 4].astype(int)


def assert_upright(image: np.ndarray, orientation: int) -> None:
    assert image.shape == ((80, 60, 3) if orientation in SWAPPED else (60, 80, 3))
    for colour, (row, column) in zip((RED, GREEN), CORNERS[orientation], strict=True):
        assert np.abs(centre_of_quarter(image, row, column) - colour).max() < 40


@pytest.mark.parametrize("suffix", sorted(SUFFIXES))
def test_every_suffix_is_read(suffix: str, tmp_path: Path) -> None:
    image = load(tmp_path, f"p{suffix}", encoded(suffix))
    assert image.dtype == np.uint8
    assert image.flags.writeable
    assert_upright(image, 1)
    if suffix in (".png", ".bmp", ".tif", ".tiff"):
        assert np.array_equal(image, marked_picture())


@pytest.mark.parametrize("orientation", CORNERS)
@pytest.mark.parametrize("make", [jpeg_with_exif, png_with_exif, tiff_with_orientation, webp_with_exif])
def test_pictures_are_turned_the_way_the_camera_was_held(make, orientation: int, tmp_path: Path) -> None:
    assert_upright(load(tmp_path, "p", make(orientation)), orientation)


def test_webp_exif_is_read_in_either_byte_order_and_with_jpegs_prefix(tmp_path: Path) -> None:
    assert_upright(load(tmp_path, "a.webp", webp_with_exif(6, order=">")), 6)
    assert_upright(load(tmp_path, "b.webp", webp_with_exif(8, prefix=b"Exif\0\0")), 8)


def test_broken_exif_in_webp_leaves_the_picture_upright(tmp_path: Path) -> None:
    whole = webp_with_exif(6)
    position = whole.index(b"II*\0")
    for damage in (b"xx*\0", b"II*\0\xff\xff\xff\x7f"):
        data = whole[:position] + damage + whole[position + len(damage) :]
        assert_upright(load(tmp_path, "p.webp", data), 1)
    assert_upright(load(tmp_path, "p.webp", webp_with_exif(99)), 1)


def test_grey_transparent_and_deep_pictures_become_bgr(tmp_path: Path) -> None:
    colour = marked_picture()
    grey = colour[..., 2]
    alpha = np.dstack([colour, grey])
    deep = colour.astype(np.uint16) * 257
    assert np.array_equal(load(tmp_path, "p", encoded(".png", grey)), grey[..., None].repeat(3, axis=2))
    assert np.array_equal(load(tmp_path, "p", encoded(".png", alpha)), colour)
    assert np.array_equal(load(tmp_path, "p", encoded(".png", deep)), colour)
    assert np.array_equal(load(tmp_path, "p", encoded(".tiff", deep)), colour)


def test_a_jpeg_thumbnail_does_not_stand_in_for_the_missing_end(tmp_path: Path) -> None:
    data = encoded(".jpg")
    thumbnail = b"\xff\xe1" + (len(data) + 2).to_bytes(2, "big") + data
    with_thumbnail = data[:2] + thumbnail + data[2:]
    assert_upright(load(tmp_path, "p.jpg", with_thumbnail), 1)
    with pytest.raises(MediaError, match="cut off"):
        load(tmp_path, "p.jpg", with_thumbnail[:-40])


def test_bytes_after_a_jpegs_end_are_no_mistake(tmp_path: Path) -> None:
    assert_upright(load(tmp_path, "p.jpg", encoded(".jpg") + b"a phone's motion clip" * 100), 1)


@pytest.mark.parametrize("suffix", sorted(SUFFIXES))
@pytest.mark.parametrize("kept", [0.02, 0.5, 0.97])
def test_a_file_that_is_cut_off_is_an_error(suffix: str, kept: float, tmp_path: Path) -> None:
    data = encoded(suffix)
    with pytest.raises(MediaError, match=r"p\.jpg"):
        load(tmp_path, "p.jpg", data[: int(len(data) * kept)])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (b"just words\n" * 50, "can't be decoded"),
        (bytes(range(256)) * 20, "can't be decoded"),
        (b"\xff\xd8\xff", "cut off"),
        (b"\x89PNG\r\n\x1a\n", "can't be decoded"),
        (b"RIFF\xff\xff\xff\xffWEBP", "can't be decoded"),
        (huge_png(), "too large: OpenCV takes at most 1048576 pixels a side and 1073741824 in all"),
    ],
)
def test_what_is_no_picture_is_named_with_its_fault(data: bytes, message: str, tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=message) as caught:
        load(tmp_path, "odd.jpg", data)
    assert "odd.jpg" in str(caught.value)


def test_absent_files_and_folders_are_errors(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="No such file"):
        load_picture(tmp_path / "absent.jpg")
    with pytest.raises(MediaError, match="directory"):
        load_picture(tmp_path)
