"""Copies of a shipped model, to be damaged."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import numpy as np

from edge_mbv2 import resources
from edge_mbv2.engine.tflite.flatbuffer import Table

PERSON = "ssdlite_mobilenet_v2_person"


def copied(folder: Path, name: str = PERSON, new_name: str | None = None) -> Path:
    """Copy a shipped model and its manifest, perhaps under another name; return the ``.tflite``."""
    new_name = new_name or name
    path = folder / f"{new_name}.tflite"
    shutil.copyfile(resources.path(f"weights/{name}.tflite"), path)
    text = resources.path(f"weights/{name}.yaml").read_text()
    path.with_suffix(".yaml").write_text(text.replace(f"file: {name}", f"file: {new_name}"))
    return path


def flip(path: Path, position: int, bit: int) -> None:
    """Turn one bit of a file over."""
    data = bytearray(path.read_bytes())
    data[position] ^= 1 << bit
    path.write_bytes(data)


def rehash(path: Path) -> None:
    """Write a model's hash into its manifest, as somebody would who means well."""
    manifest = path.with_suffix(".yaml")
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    lines = manifest.read_text().splitlines()
    manifest.write_text("\n".join(f"sha256: {sha256}" if n.startswith("sha256:") else n for n in lines))


def shift_zero_point(path: Path, tensor: int) -> None:
    """Move the zero point of a computed tensor by one, up if that fits."""
    data = path.read_bytes()
    parameters = Table.root(data).tables(2)[0].tables(0)[tensor].table(4)
    assert parameters is not None
    zero_points = parameters.vector(3, "i8")
    start = np.frombuffer(data, np.uint8).__array_interface__["data"][0]
    position = zero_points.__array_interface__["data"][0] - start
    shifted = int(zero_points[0]) + (1 if zero_points[0] < 127 else -1)
    changed = bytearray(data)
    changed[position : position + 8] = shifted.to_bytes(8, "little", signed=True)
    path.write_bytes(changed)
