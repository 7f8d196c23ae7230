"""Refuses files that are no intact ``.tflite`` before an engine sees them.

ai-edge-litert 1.4 and tflite-runtime 2.14 follow a damaged file's offsets wherever they lead and
take the whole process down, where no exception can be caught. The walk below follows the same
offsets first, each checked against the file's size.

Source: FlatBuffers internals, "Encoding"; TensorFlow Lite ``schema.fbs``.
"""

from __future__ import annotations

import math
import mmap
import struct
from pathlib import Path

from edge_mbv2.errors import ModelFormatError

_IDENTIFIER = b"TFL3"
_MAGIC = {
    b"\xff\xd8\xff": "a JPEG picture",
    b"\x89PNG": "a PNG picture",
    b"GIF8": "a GIF picture",
    b"PK\x03\x04": "a zip archive",
    b"\x1f\x8b": "a gzip archive",
    b"\x89HDF": "a Keras model (HDF5)",
    b"version https://git-lfs": "a Git LFS pointer (run 'git lfs pull' where it came from)",
    b"<": "a web page",
}

# What a field refers to: a table by name, "[name]" a vector of tables, a number a vector of scalars of
# so many bytes (a string is one of 1). Fields that hold their value in place are not listed. "any" is a
# table whose own fields stay unseen.
_TABLES: dict[str, dict[int, str | int]] = {
    "Model": {
        1: "[OperatorCode]", 2: "[SubGraph]", 3: 1, 4: "[Buffer]", 5: 4, 6: "[Metadata]", 7: "[Signature]"
    },
    "OperatorCode": {1: 1},
    "SubGraph": {0: "[Tensor]", 1: 4, 2: 4, 3: "[Operator]", 4: 1},
    "Tensor": {0: 4, 3: 1, 4: "Quantization", 6: "any", 7: 4, 9: "[any]"},
    "Quantization": {0: 4, 1: 4, 2: 4, 3: 8, 5: "any"},
    "Operator": {1: 4, 2: 4, 4: "any", 5: 1, 7: 1, 8: 4, 12: "any"},
    "Buffer": {0: 1},
    "Metadata": {0: 1},
    "Signature": {0: "[TensorMap]", 1: "[TensorMap]", 2: 1},
    "TensorMap": {0: 1},
    "any": {},
}  # fmt: skip
_CUSTOM_CODE = ("OperatorCode", 1)
_SCALE = ("Quantization", 2)


def custom_ops(path: Path) -> frozenset[str]:
    """Check that ``path`` is an intact ``.tflite`` and return the names of its custom ops.

    Operators' options are checked to lie within the file; what they say is left to the engine.

    Raises:
        ModelFormatError: it can't be read, is something else, is cut short or damaged.
    """
    try:
        with path.open("rb") as file:
            head = file.read(64)
            _check_kind(path, head)
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                return _Walk(data).model()
    except OSError as exc:
        raise ModelFormatError(f"{path}: {exc.strerror}; expected a .tflite model") from exc
    except (struct.error, _DamagedError) as exc:
        raise ModelFormatError(
            f"{path}: cut short or damaged ({path.stat().st_size} bytes); fetch or convert it again"
        ) from exc


def _check_kind(path: Path, head: bytes) -> None:
    if head[4:8] == _IDENTIFIER:
        return
    if not head:
        found = "empty"
    else:
        found = next((kind for magic, kind in _MAGIC.items() if head.startswith(magic)), "something else")
    raise ModelFormatError(f"{path}: {found}; expected a .tflite model ('TFL3' at byte 4)")


class _DamagedError(Exception):
    """An offset leads out of the file."""


class _Walk:
    """Follows every reference of a flatbuffer once."""

    def __init__(self, data: mmap.mmap) -> None:
        self._data = data
        self._size = len(data)
        self._seen: set[tuple[int, str]] = set()
        self._custom: set[str] = set()

    def model(self) -> frozenset[str]:
        self._table(self._u32(0), "Model")
        return frozenset(self._custom)

    def _table(self, at: int, name: str) -> None:
        # Tables may be shared; looking once keeps a hostile file from costing more than its size.
        if (at, name) in self._seen:
            return
        self._seen.add((at, name))
        self._inside(at, 4)
        vtable = at - self._i32(at)
        self._inside(vtable, 4)
        vtable_bytes, table_bytes = struct.unpack_from("<HH", self._data, vtable)
        if vtable_bytes < 4 or vtable_bytes % 2 or table_bytes < 4:
            raise _DamagedError
        self._inside(vtable, vtable_bytes)
        self._inside(at, table_bytes)
        offsets = struct.unpack_from(f"<{vtable_bytes // 2 - 2}H", self._data, vtable + 4)
        if any(offset >= table_bytes for offset in offsets):
            raise _DamagedError
        for field, kind in _TABLES[name].items():
            if field < len(offsets) and offsets[field]:
                target = at + offsets[field]
                target += self._u32(target)
                self._follow(target, kind)
                if (name, field) == _CUSTOM_CODE:
                    self._custom.add(self._string(target))
                elif (name, field) == _SCALE:
                    self._check_scale(target)

    def _follow(self, at: int, kind: str | int) -> None:
        if isinstance(kind, int):
            self._inside(at + 4, self._u32(at) * kind)
        elif kind.startswith("["):
            count = self._u32(at)
            self._inside(at + 4, count * 4)
            for item in range(at + 4, at + 4 + count * 4, 4):
                self._table(item + self._u32(item), kind[1:-1])
        else:
            self._table(at, kind)

    def _check_scale(self, at: int) -> None:
        """Refuse a tensor's only scale if it is no positive number: LiteRT divides by it and crashes."""
        if self._u32(at) == 1:
            (scale,) = struct.unpack_from("<f", self._data, at + 4)
            if not 0 < scale < math.inf:
                raise _DamagedError

    def _string(self, at: int) -> str:
        return self._data[at + 4 : at + 4 + self._u32(at)].decode(errors="replace")

    def _inside(self, at: int, size: int) -> None:
        if at < 0 or at + size > self._size:
            raise _DamagedError

    def _u32(self, at: int) -> int:
        self._inside(at, 4)
        return int.from_bytes(self._data[at : at + 4], "little")

    def _i32(self, at: int) -> int:
        return int.from_bytes(self._data[at : at + 4], "little", signed=True)
