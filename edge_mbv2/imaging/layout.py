"""Decides how large and where an overlay's parts are; draws nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from edge_mbv2.imaging.text import to_ascii
from edge_mbv2.types import BoundingBox, Detection

FONT = 0  # cv2.FONT_HERSHEY_SIMPLEX


@dataclass(frozen=True, slots=True)
class Rectangle:
    """Whole pixels; ``right`` and ``bottom`` are excluded."""

    left: int
    top: int
    right: int
    bottom: int

    def overlaps(self, other: Rectangle) -> bool:
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


@dataclass(frozen=True, slots=True)
class Plate:
    """One line of text and the rectangle it is written on."""

    text: str
    area: Rectangle


@dataclass(frozen=True, slots=True)
class Layout:
    """Sizes in pixels that suit one size of picture, and the places that follow from them.

    Attributes:
        width: of the picture.
        height: of the picture.
        line: width of a box's coloured line, odd.
        rim: width of the black line on each side of it.
        pad: room around letters on their plate.
        ascent: height of a capital letter.
        descent: room that letters like g take below the line.
        scale: what OpenCV multiplies its font with.
        stroke: width of a letter's strokes.
    """

    width: int
    height: int
    line: int
    rim: int
    pad: int
    ascent: int
    descent: int
    scale: float
    stroke: int

    @classmethod
    def of(cls, width: int, height: int) -> Layout:
        """Return the layout of a picture of the given size in pixels."""
        import cv2

        diagonal = (width**2 + height**2) ** 0.5
        capital = max(8, round(diagonal / 75))
        stroke = max(1, round(capital / 9))
        scale = cv2.getFontScaleFromHeight(FONT, capital, stroke)
        line = round(diagonal / 400) | 1  # odd, so that a line has a middle
        pad = descent = max(2, capital // 3)
        return cls(width, height, line, max(1, line // 2), pad, capital, descent, scale, stroke)

    def box(self, box: BoundingBox) -> Rectangle:
        """Return a box in whole pixels, at least one wide and high, inside the picture."""
        left = min(max(0, round(box.x1)), self.width - 1)
        top = min(max(0, round(box.y1)), self.height - 1)
        right = min(max(left + 1, round(box.x2)), self.width)
        bottom = min(max(top + 1, round(box.y2)), self.height)
        return Rectangle(left, top, right, bottom)

    def caption(self, text: str) -> Plate | None:
        """Return the plate of a line in the lower left corner; None where it finds no room."""
        return self._plate(to_ascii(text), [(0, self.height)], ())

    def label(
        self, detection: Detection, taken: Sequence[Rectangle], number: int | None = None
    ) -> Plate | None:
        """Return the plate of a detection's label, at its box and whole inside the picture.

        Args:
            detection: with its box in pixels of the picture.
            taken: rectangles that it should leave free; it covers one where no place is free.
            number: of the object, put before its label.

        Returns:
            None where the picture is too small for a label.
        """
        text = label_text(detection) if number is None else f"{number} {label_text(detection)}"
        box, edge, height = self.box(detection.box), self.line // 2 + self.rim, self._plate_height
        left, right = box.left - edge, box.right + edge - self._plate_width(self._fit(text))
        tops = box.top - edge - height, box.top - edge, box.bottom + edge, box.bottom + edge - height
        return self._plate(text, [(x, y) for y in tops for x in (left, right)], taken)

    @property
    def _plate_height(self) -> int:
        return self.ascent + self.descent + 2 * self.pad

    def _plate_width(self, text: str) -> int:
        import cv2

        return int(cv2.getTextSize(text, FONT, self.scale, self.stroke)[0][0]) + 2 * self.pad

    def _plate(
        self, text: str, corners: Sequence[tuple[int, int]], taken: Sequence[Rectangle]
    ) -> Plate | None:
        """Return a plate at the first of ``corners`` where it is free, moved into the picture."""
        text = self._fit(text)
        width, height = self._plate_width(text), self._plate_height
        if not text or height > self.height:
            return None
        places = []
        for x, y in corners:
            left, top = min(max(0, x), self.width - width), min(max(0, y), self.height - height)
            places.append(Rectangle(left, top, left + width, top + height))
        free = (area for area in places if not any(area.overlaps(other) for other in taken))
        return Plate(text, next(free, places[0]))

    def _fit(self, text: str) -> str:
        """Return ``text``, shortened to the picture's width, or nothing where not a letter fits."""
        if self._plate_width(text) <= self.width:
            return text
        while text and self._plate_width(text + "..") > self.width:
            text = text[:-1]
        return text.rstrip() + ".." if text else ""


def label_text(detection: Detection) -> str:
    """Return a detection's label and score in ASCII; the class's number if the label can't be spelled."""
    return f"{to_ascii(detection.label) or f'#{detection.class_id}'} {100 * detection.score:.0f}%"
