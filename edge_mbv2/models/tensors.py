"""Compares the tensors a manifest promises with those of the opened model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from edge_mbv2.models.manifest import Input
from edge_mbv2.tensor import TensorSpec


def input_mistakes(config: Input, found: TensorSpec) -> Iterator[str]:
    """Say where the model's input is not as the manifest has it, naming both."""
    if found.name != config.name:
        yield f"input.name: the manifest says {config.name!r}, the model's input is {found.name!r}"
    expected = (1, config.height, config.width, 3)
    if found.shape != expected:
        yield f"input: the manifest's size makes {list(expected)}, the model takes {list(found.shape)}"
    if found.dtype.name != config.dtype:
        yield f"input.dtype: the manifest says {config.dtype}, the model takes {found.dtype.name}"


def output_mistakes(
    role: str, name: str, shape: tuple[int, ...], why: str, outputs: Mapping[str, TensorSpec]
) -> Iterator[str]:
    """Say where an output is not as the manifest has it, naming both.

    Args:
        role: the manifest's key.
        name: the manifest's tensor name.
        shape: what the rest of the manifest makes it.
        why: what of the manifest the shape comes from, in words.
        outputs: the model's, by tensor name.
    """
    if name not in outputs:
        there = ", ".join(repr(other) for other in outputs)
        yield f"outputs.{role}: the manifest says {name!r}, the model's outputs are {there}"
        return
    found = outputs[name]
    if found.shape != shape:
        yield f"outputs.{role}: {why} of the manifest make {list(shape)}, {name!r} is {list(found.shape)}"
    if found.dtype.name not in ("int8", "uint8", "float32"):
        yield f"outputs.{role}: {name!r} is {found.dtype.name}; expected int8, uint8 or float32"
    elif found.dtype.kind != "f" and not _has_one_scale(found):
        yield f"outputs.{role}: {name!r} is {found.dtype.name} without the one positive scale to read it by"


def _has_one_scale(spec: TensorSpec) -> bool:
    return (
        spec.quantization is not None and spec.quantization.scale.size == 1 and spec.quantization.scale[0] > 0
    )
