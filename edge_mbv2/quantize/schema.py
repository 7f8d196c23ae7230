"""What reading and writing ``.tflite`` files share: the schema's classes and the names of its types."""

from __future__ import annotations

from typing import Any

from edge_mbv2.errors import EngineError

IDENTIFIER = b"TFL3"
CUSTOM = "CUSTOM"
DTYPES = {
    "FLOAT32": "f4",
    "FLOAT16": "f2",
    "INT32": "i4",
    "INT64": "i8",
    "INT8": "i1",
    "UINT8": "u1",
    "BOOL": "?",
}


def libraries() -> tuple[Any, Any]:
    """Return the modules flatbuffers and LiteRT's classes of the schema.

    Raises:
        EngineError: the ``[quantize]`` extra is not installed.
    """
    try:
        import flatbuffers
        from ai_edge_litert import schema_py_generated
    except ImportError as exc:
        raise EngineError(
            "quantizing needs ai-edge-litert and flatbuffers; install them: pip install 'edge-mbv2[quantize]'"
        ) from exc
    return flatbuffers, schema_py_generated
