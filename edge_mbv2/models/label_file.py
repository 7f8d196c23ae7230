"""Label files in the formats that models are handed around with."""

from __future__ import annotations

import re
from pathlib import Path

from edge_mbv2.errors import LabelsError

_MAX_BYTES = 1 << 20
_INDEXED = re.compile(r"(\d{1,6})[\s:,]+(\S.*)")
# Files made for models that count the background have one of these first.
_BACKGROUND = {"???", "background", "__background__"}


def read(path: Path, count: int) -> tuple[str, ...]:
    """Read a label file: one label a line, or ``index label`` on every line.

    A first label that only stands for the background may be there or not. Indices may leave gaps,
    as COCO's do; the missing classes are called by their number.

    Args:
        path: UTF-8 text.
        count: of the model's classes, the background not counted.

    Returns:
        ``count`` labels.

    Raises:
        LabelsError: the file can't be read, is no label file, or does not have ``count`` labels.
    """
    lines = _lines(path)
    indexed = [_INDEXED.fullmatch(line) for line in lines]
    labels = _by_index(path, indexed) if all(indexed) else lines  # type: ignore[arg-type]
    if len(labels) == count + 1 and labels[0].lower() in _BACKGROUND:
        labels = labels[1:]
    if len(labels) != count:
        raise LabelsError(f"{path}: {len(labels)} labels; the model has {count} classes")
    return tuple(labels)


def _lines(path: Path) -> list[str]:
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
        text = data.decode("utf-8-sig")
    except OSError as exc:
        raise LabelsError(f"{path}: {exc.strerror}; expected a label file") from exc
    except UnicodeDecodeError as exc:
        raise LabelsError(f"{path}: not UTF-8 text; expected a label file, one label a line") from exc
    lines = [line.strip() for line in text.rstrip().splitlines()]
    if len(data) > _MAX_BYTES or "\0" in text:
        raise LabelsError(f"{path}: not a label file; expected text, one label a line")
    if not lines:
        raise LabelsError(f"{path}: empty; expected a label file, one label a line")
    if "" in lines:
        raise LabelsError(f"{path}:{lines.index('') + 1}: an empty line among the labels would shift them")
    return lines


def _by_index(path: Path, matches: list[re.Match[str]]) -> list[str]:
    labels: dict[int, str] = {}
    for number, match in enumerate(matches, start=1):
        index = int(match[1])
        if index in labels:
            raise LabelsError(f"{path}:{number}: index {index} stands twice ({labels[index]}, {match[2]})")
        labels[index] = match[2]
    return [labels.get(index, f"class {index}") for index in range(max(labels) + 1)]
