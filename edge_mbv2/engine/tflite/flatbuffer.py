"""Reads FlatBuffers tables and vectors, checking every offset against the buffer's end."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np

from edge_mbv2.errors import ModelFormatError

_SCALARS = {fmt: struct.Struct("<" + fmt) for fmt in "bBhHiIqQf"}


def _read(data: bytes, fmt: str, position: int) -> int | float:
    scalar = _SCALARS[fmt]
    if not 0 <= position <= len(data) - scalar.size:
        raise ModelFormatError(
            f"the model is damaged: an offset points to byte {position} of a file of {len(data)} bytes; "
            "fetch it again"
        )
    value: int | float = scalar.unpack_from(data, position)[0]
    return value


@dataclass(frozen=True, slots=True)
class Table:
    """A FlatBuffers table: fields found through its vtable, absent ones read as their default.

    Source: FlatBuffers, "FlatBuffer Internals" (format of tables, vectors, strings, unions).
    """

    data: bytes
    position: int

    @classmethod
    def root(cls, data: bytes) -> Table:
        """Return the table that the buffer's first offset names."""
        return cls(data, int(_read(data, "I", 0)))

    def integer(self, field: int, fmt: str, default: int = 0) -> int:
        """Return a scalar integer field; ``fmt`` is `struct`'s letter for its width."""
        position = self.field(field)
        return default if position is None else int(_read(self.data, fmt, position))

    def number(self, field: int, default: float = 0.0) -> float:
        """Return a float32 field."""
        position = self.field(field)
        return default if position is None else float(_read(self.data, "f", position))

    def boolean(self, field: int, default: bool = False) -> bool:
        """Return a bool field."""
        return self.integer(field, "B", int(default)) != 0

    def table(self, field: int) -> Table | None:
        """Return the table a field (or a union's value) points to, None when absent."""
        position = self._target(field)
        return None if position is None else Table(self.data, position)

    def tables(self, field: int) -> list[Table]:
        """Return a vector of tables; empty when absent."""
        start, count = self._vector(field, 4)
        positions = range(start, start + 4 * count, 4)
        return [Table(self.data, at + int(_read(self.data, "I", at))) for at in positions]

    def vector(self, field: int, dtype: str) -> np.ndarray:
        """Return a vector of scalars, read-only, as a view of the file; empty when absent."""
        item = np.dtype(dtype).newbyteorder("<")
        start, count = self._vector(field, item.itemsize)
        return np.frombuffer(self.data, item, count, start)

    def text(self, field: int) -> str:
        """Return a string; empty when absent, damaged UTF-8 replaced."""
        return self.vector(field, "u1").tobytes().decode("utf-8", "replace")

    def field(self, field: int) -> int | None:
        """Return where a field lies, None when absent."""
        vtable = self.position - int(_read(self.data, "i", self.position))
        size = int(_read(self.data, "H", vtable))
        entry = 4 + 2 * field
        if entry + 2 > size:
            return None
        offset = int(_read(self.data, "H", vtable + entry))
        return self.position + offset if offset else None

    def _vector(self, field: int, item_bytes: int) -> tuple[int, int]:
        position = self._target(field)
        if position is None:
            return 0, 0
        count = int(_read(self.data, "I", position))
        start = position + 4
        if count * item_bytes > len(self.data) - start:
            raise ModelFormatError(
                f"the model is damaged: a vector of {count} items at byte {start} runs past the file's end "
                f"({len(self.data)} bytes); fetch it again"
            )
        return start, count

    def _target(self, field: int) -> int | None:
        position = self.field(field)
        return None if position is None else position + int(_read(self.data, "I", position))
