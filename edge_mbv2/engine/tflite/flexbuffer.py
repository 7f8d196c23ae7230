"""Reads the flat FlexBuffers map in which a TFLite custom operator keeps its options."""

from __future__ import annotations

import struct

from edge_mbv2.errors import ModelFormatError

_SIGNED, _UNSIGNED, _FLOAT, _MAP, _BOOL = 1, 2, 3, 9, 26
_FORMATS = {
    _SIGNED: {1: "<b", 2: "<h", 4: "<i", 8: "<q"},
    _UNSIGNED: {1: "<B", 2: "<H", 4: "<I", 8: "<Q"},
    _FLOAT: {4: "<f", 8: "<d"},
    _BOOL: {1: "<B", 2: "<H", 4: "<I", 8: "<Q"},
}


def read_map(data: bytes) -> dict[str, int | float | bool]:
    """Return the scalars of a map by key; values of other types are left out.

    Raises:
        ModelFormatError: the bytes are not a FlexBuffers map.

    Source: FlexBuffers specification (FlatBuffers, "FlexBuffers").
    """
    if len(data) < 3 or data[-2] >> 2 != _MAP or data[-1] not in (1, 2, 4, 8):
        raise ModelFormatError(
            "a custom operator's options are not a FlexBuffers map; convert the model again"
        )
    root = len(data) - 2 - data[-1]
    values = root - _scalar(data, root, _UNSIGNED, data[-1])
    width = 1 << (data[-2] & 3)
    count = int(_scalar(data, values - width, _UNSIGNED, width))
    if count > len(data):
        raise ModelFormatError(f"a custom operator's options claim {count} keys in {len(data)} bytes")
    keys_at = values - 3 * width
    keys = keys_at - _scalar(data, keys_at, _UNSIGNED, width)
    key_width = int(_scalar(data, values - 2 * width, _UNSIGNED, width))
    result: dict[str, int | float | bool] = {}
    for i in range(count):
        slot = int(keys) + i * key_width
        key_start = slot - int(_scalar(data, slot, _UNSIGNED, key_width))
        kind = int(_scalar(data, int(values) + count * width + i, _UNSIGNED, 1)) >> 2
        if kind in _FORMATS:
            value = _scalar(data, int(values) + i * width, kind, width)
            result[_text(data, key_start)] = bool(value) if kind == _BOOL else value
    return result


def _scalar(data: bytes, position: float, kind: int, width: int) -> int | float:
    fmt = _FORMATS[kind].get(width)
    at = int(position)
    if fmt is None or not 0 <= at <= len(data) - width:
        raise ModelFormatError("a custom operator's options are damaged; convert the model again")
    value: int | float = struct.unpack_from(fmt, data, at)[0]
    return value


def _text(data: bytes, start: int) -> str:
    end = data.find(b"\0", start) if 0 <= start < len(data) else -1
    if end < 0:
        raise ModelFormatError("a custom operator's options are damaged; convert the model again")
    return data[start:end].decode("utf-8", "replace")
