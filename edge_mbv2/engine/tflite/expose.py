"""Makes a model give more of its tensors than it was built to."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from edge_mbv2.engine.tflite.flatbuffer import Table
from edge_mbv2.errors import ModelFormatError


def expose(data: bytes, tensors: Sequence[int]) -> bytes:
    """Return the model with ``tensors`` as its outputs; any engine then shows what it computes inside.

    Args:
        data: the whole ``.tflite`` file.
        tensors: numbers of tensors of its first graph, at least one.

    Raises:
        ModelFormatError: the model has no graph with outputs.

    Source: FlatBuffers internals; the vector of outputs that the graph refers to is written anew at the
    file's end.
    """
    subgraphs = Table.root(data).tables(2)
    reference = subgraphs[0].field(2) if subgraphs else None
    if reference is None:
        raise ModelFormatError("the model has no graph with outputs; convert it again")
    padding = b"\0" * (-len(data) % 4)
    vector = struct.pack(f"<I{len(tensors)}i", len(tensors), *tensors)
    changed = bytearray(data + padding + vector)
    struct.pack_into("<I", changed, reference, len(data) + len(padding) - reference)
    return bytes(changed)
