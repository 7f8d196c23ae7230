"""The overlay: readable on anything, never on the frame itself."""

from __future__ import annotations

import time

import numpy as np
import pytest

from edge_mbv2.imaging.drawing import caption, draw
from edge_mbv2.imaging.layout import Layout, Rectangle
from edge_mbv2.imaging.palette import HEX_COLOURS, class_colour
from edge_mbv2.types import BoundingBox, Detection

SIZE = (480, 640, 3)
NOISE = np.random.default_rng(7).integers(0, 256, SIZE, dtype=np.uint8)
STRIPES = np.zeros(SIZE, np.uint8)
STRIPES[:, np.arange(640) // 3 % 2 == 1] = 255
BACKGROUNDS = {
    "white": np.full(SIZE, 255, np.uint8),
    "black": np.zeros(SIZE, np.uint8),
    "grey": np.full(SIZE, 127, np.uint8),
    "its own colour": np.full(SIZE, class_colour(0), np.uint8),
    "noise": NOISE,
    "stripes": STRIPES,
}
BOX = BoundingBox(100, 200, 300, 400)
PERSON = Detection("person", 0, 0.87, BOX)
LAYOUT = Layout.of(640, 480)

on_every_background = pytest.mark.parametrize("background", BACKGROUNDS.values(), ids=BACKGROUNDS)


def luminance(bgr: np.ndarray) -> np.ndarray:
    """Return the relative luminance of (..., 3) uint8, B, G, R. Source: WCAG 2.2."""
    linear = np.asarray(bgr, float) / 255
    linear = np.where(linear <= 0.04045, linear / 12.92, ((linear + 0.055) / 1.055) ** 2.4)
    return linear @ [0.0722, 0.7152, 0.2126]


def contrast(a: np.ndarray | tuple[int, ...], b: np.ndarray | tuple[int, ...]) -> np.ndarray:
    """Return the contrast ratio of colours, 1 to 21. Source: WCAG 2.2."""
    first, second = luminance(np.asarray(a)), luminance(np.asarray(b))
    return (np.maximum(first, second) + 0.05) / (np.minimum(first, second) + 0.05)


def cut(image: np.ndarray, area: Rectangle) -> np.ndarray:
    return image[area.top : area.bottom, area.left : area.right]


@pytest.mark.parametrize("class_id", range(len(HEX_COLOURS)))
def test_every_colour_stands_out_from_black(class_id: int) -> None:
    assert contrast(class_colour(class_id), (0, 0, 0)) >= 9


def test_a_class_keeps_its_colour_and_no_two_share_one() -> None:
    assert len(set(HEX_COLOURS)) == len(HEX_COLOURS)
    for class_id in range(40):
        blue, green, red = class_colour(class_id)
        assert f"#{red:02x}{green:02x}{blue:02x}" == HEX_COLOURS[class_id % len(HEX_COLOURS)]


@on_every_background
def test_a_box_line_is_bright_between_two_black_ones(background: np.ndarray) -> None:
    drawn = draw(background, [PERSON])
    reach = LAYOUT.line // 2 + LAYOUT.rim + 1
    for across in (
        drawn[300, 100 - reach : 100 + reach + 1],  # far from the label
        drawn[300, 299 - reach : 299 + reach + 1],
        drawn[399 - reach : 399 + reach + 1, 200],
    ):
        bright = (across == class_colour(0)).all(axis=-1)
        dark = (across == 0).all(axis=-1)
        runs = "".join("B" if b else "d" if d else "." for b, d in zip(bright, dark, strict=True))
        assert runs[1:-1] == "d" * LAYOUT.rim + "B" * LAYOUT.line + "d" * LAYOUT.rim


@on_every_background
def test_a_label_is_black_on_its_colour_whatever_is_behind(background: np.ndarray) -> None:
    plate = LAYOUT.label(PERSON, ())
    assert plate is not None
    pixels = cut(draw(background, [PERSON]), plate.area)
    assert np.array_equal(pixels, cut(draw(BACKGROUNDS["grey"], [PERSON]), plate.area))
    assert (pixels == class_colour(0)).all(axis=-1).mean() > 0.5
    letters = contrast(pixels[2:-2, 2:-2], class_colour(0)) >= 4.5
    assert 0.05 < letters.mean() < 0.4
    rim = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    assert not rim.any()


@on_every_background
def test_the_caption_is_white_on_dark_whatever_is_behind(background: np.ndarray) -> None:
    words = "12:00:00  9.5 fps"
    plate = LAYOUT.caption(words)
    assert plate is not None
    pixels = cut(draw(background, [], caption=words), plate.area)
    behind = cut(background, plate.area) // 4
    assert contrast(behind, (255, 255, 255)).min() >= 7
    untouched = (pixels == behind).all(axis=-1)
    assert untouched.mean() > 0.6
    assert (contrast(pixels[~untouched], (63, 63, 63)) >= 4.5).sum() > 150  # 63: the brightest behind


def test_nothing_is_drawn_but_box_label_and_caption() -> None:
    grey = BACKGROUNDS["grey"]
    changed = (draw(grey, [PERSON], caption="12:00:00") != grey).any(axis=-1)
    for plate in (LAYOUT.label(PERSON, ()), LAYOUT.caption("12:00:00")):
        assert plate is not None
        cut(changed, plate.area)[:] = False
    reach = LAYOUT.line // 2 + LAYOUT.rim
    assert not changed[200 + reach + 1 : 400 - reach - 1, 100 + reach + 1 : 300 - reach - 1].any()
    changed[200 - reach : 400 + reach, 100 - reach : 300 + reach] = False
    assert not changed.any()


def test_the_frame_stays_as_it_was_and_out_is_used_again() -> None:
    image = NOISE.copy()
    image.setflags(write=False)
    out = draw(image, [PERSON], caption="12:00:00")
    assert np.array_equal(image, NOISE)
    again = draw(image, [], out=out)
    assert again is out
    assert np.array_equal(again, NOISE)
    other = draw(image[:100], [], out=out)
    assert other is not out
    assert other.shape == (100, 640, 3)


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 500, 3), (500, 1, 3), (7, 9, 3)])
def test_tiny_pictures(shape: tuple[int, int, int]) -> None:
    assert draw(np.zeros(shape, np.uint8), [PERSON], caption="12:00:00").shape == shape


def test_the_better_detection_lies_on_top() -> None:
    worse = Detection("car", 1, 0.4, BOX)
    drawn = draw(BACKGROUNDS["grey"], [PERSON, worse])
    assert (drawn[300, 100] == class_colour(0)).all()


def test_caption_of_a_recording_counts_from_its_start() -> None:
    assert caption(0.0, 0.0) == "00:00:00.0"
    assert caption(3723.48, 12.345) == "01:02:03.4  12.3 fps"


def test_caption_of_a_camera_is_local_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC-2")
    time.tzset()
    try:
        assert caption(1_790_000_000.9, 10.0) == "2026-09-21 16:13:20  10.0 fps"
    finally:
        monkeypatch.undo()
        time.tzset()
