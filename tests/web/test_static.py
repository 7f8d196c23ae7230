"""The page's colours can be read, in light and in dark."""

from __future__ import annotations

import re

import pytest

from edge_mbv2 import resources

CSS = (resources.path("edge_mbv2/web/static") / "page.css").read_text()
BLOCKS = re.findall(r":root \{.*?\n *\}", CSS, re.DOTALL)
COLOURS = [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block)) for block in BLOCKS]
SCHEMES = dict(zip(("light", "dark"), COLOURS, strict=True))


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(
    ("text", "behind"),
    [
        ("ink", "ground"),
        ("ink", "card"),
        ("soft", "ground"),
        ("soft", "card"),
        ("good", "card"),
        ("warn", "card"),
        ("bad", "card"),
        ("on-accent", "accent"),
    ],
)
def test_contrast_is_at_least_four_and_a_half(scheme: str, text: str, behind: str) -> None:
    """As WCAG 2.2 asks for at level AA."""
    one, other = sorted((luminance(SCHEMES[scheme][text]), luminance(SCHEMES[scheme][behind])))
    assert (other + 0.05) / (one + 0.05) >= 4.5


def test_whoever_asked_for_less_motion_gets_none() -> None:
    assert "@media (prefers-reduced-motion: reduce)" in CSS
