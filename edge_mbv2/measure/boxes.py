"""What a difference between two engines does to the boxes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from edge_mbv2.types import BoundingBox, Detection

_SAME_OBJECT = 0.5


@dataclass(frozen=True, slots=True)
class BoxEffect:
    """How two engines' detections differ.

    Attributes:
        boxes: how many the first engine found.
        missing: how many of these the second did not find.
        added: how many only the second found.
        shift_px: by how much a side of a box that both found moves at most.
        score_change: by how much its score changes at most.
    """

    boxes: int = 0
    missing: int = 0
    added: int = 0
    shift_px: float = 0.0
    score_change: float = 0.0


def compare(pictures: Iterable[tuple[Sequence[Detection], Sequence[Detection]]]) -> BoxEffect:
    """Pair the detections of two engines, picture by picture, best score first."""
    boxes = missing = added = 0
    shift = change = 0.0
    for first, second in pictures:
        left = list(second)
        boxes += len(first)
        for detection in first:
            twin = _twin(detection, left)
            if twin is None:
                missing += 1
                continue
            left.remove(twin)
            shift = max(shift, _shift(detection.box, twin.box))
            change = max(change, abs(detection.score - twin.score))
        added += len(left)
    return BoxEffect(boxes, missing, added, shift, change)


def _twin(detection: Detection, others: Sequence[Detection]) -> Detection | None:
    same = [d for d in others if d.class_id == detection.class_id]
    best = max(same, key=lambda d: _overlap(detection.box, d.box), default=None)
    return best if best is not None and _overlap(detection.box, best.box) >= _SAME_OBJECT else None


def _overlap(a: BoundingBox, b: BoundingBox) -> float:
    width = min(a.x2, b.x2) - max(a.x1, b.x1)
    height = min(a.y2, b.y2) - max(a.y1, b.y1)
    shared = max(width, 0.0) * max(height, 0.0)
    return shared / (a.width * a.height + b.width * b.height - shared)


def _shift(a: BoundingBox, b: BoundingBox) -> float:
    return max(abs(a.x1 - b.x1), abs(a.y1 - b.y1), abs(a.x2 - b.x2), abs(a.y2 - b.y2))
