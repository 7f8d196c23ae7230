"""The labelled pictures that come along: what is in them, and whether they are unharmed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from edge_mbv2.measure import probe
from edge_mbv2.measure.coco import Truth
from edge_mbv2.measure.file_hash import sha256

ANNOTATIONS = "annotations.json"


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """One picture.

    Attributes:
        path: of the JPEG.
        truth: the boxes of the set's only class.
    """

    path: Path
    truth: Truth


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """All pictures with boxes of one class.

    Attributes:
        label: that class.
        pictures: in the order of their numbers.
    """

    label: str
    pictures: tuple[Labelled, ...]


def read(folder: Path) -> LabelledSet:
    """Read the set; its files must have been found unharmed, see `harmed`."""
    document = json.loads((folder / ANNOTATIONS).read_text(encoding="utf-8"))
    (category,) = document["categories"]
    boxes: dict[int, list[dict[str, Any]]] = {}
    for annotation in document["annotations"]:
        boxes.setdefault(annotation["image_id"], []).append(annotation)
    pictures = sorted(document["images"], key=lambda image: int(image["id"]))
    return LabelledSet(
        category["name"],
        tuple(
            Labelled(folder / "images" / image["file_name"], _truth(boxes.get(image["id"], [])))
            for image in pictures
        ),
    )


def _truth(annotations: list[dict[str, Any]]) -> Truth:
    boxes = np.array([a["bbox"] for a in annotations], np.float64).reshape(-1, 4)
    return Truth(boxes, np.array([bool(a["iscrowd"]) for a in annotations], np.bool_))


def hashes(folder: Path) -> dict[str, str]:
    """Return the sha256 of each file that is measured with, by its path in ``folder``."""
    files = [folder / ANNOTATIONS, folder / probe.FILE, *sorted((folder / "images").iterdir())]
    return {str(path.relative_to(folder)): sha256(path) for path in files}


def harmed(folder: Path, expected: dict[str, str]) -> Iterator[str]:
    """Say of each file in what way it is not the expected one: absent, unreadable or another."""
    for name, wanted in expected.items():
        try:
            found = sha256(folder / name)
        except OSError as exc:
            yield f"{name} can't be read ({exc.strerror})"
            continue
        if found != wanted:
            yield f"{name} has sha256 {found[:12]}, expected {wanted[:12]}"
