"""The colours of classes: all bright, so that each stands out from the black it is drawn on."""

from __future__ import annotations

# R, G, B. Every one has a contrast of at least 9:1 to black (WCAG 2.2), and neighbours differ in hue.
_PALETTE = (
    (0x4A, 0xDE, 0xA5),  # mint
    (0xFF, 0xB4, 0x54),  # amber
    (0x6C, 0xC7, 0xFF),  # sky
    (0xFF, 0x9E, 0xC4),  # pink
    (0xE6, 0xE0, 0x5C),  # lemon
    (0xC4, 0xB0, 0xFF),  # lilac
    (0xFF, 0x9C, 0x85),  # coral
    (0x5E, 0xE0, 0xE0),  # aqua
    (0xB4, 0xE0, 0x62),  # lime
    (0xE8, 0xA6, 0xF2),  # orchid
    (0xDE, 0xC6, 0xA0),  # sand
    (0xA8, 0xC4, 0xF0),  # steel
)

HEX_COLOURS = tuple(f"#{r:02x}{g:02x}{b:02x}" for r, g, b in _PALETTE)
"""The palette as CSS has it; class ``i`` has colour ``i % len(HEX_COLOURS)``."""


def class_colour(class_id: int) -> tuple[int, int, int]:
    """Return the B, G, R colour of a class, the same in every picture and every run."""
    red, green, blue = _PALETTE[class_id % len(_PALETTE)]
    return blue, green, red
