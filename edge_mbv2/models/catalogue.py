"""Finds the manifest that a person means."""

from __future__ import annotations

import difflib
from pathlib import Path

from edge_mbv2 import resources
from edge_mbv2.errors import ManifestError, ModelError

_YAML = (".yaml", ".yml")


def shipped() -> dict[str, Path]:
    """Return the manifests of the models that come with the product, by name."""
    return {path.stem: path for path in sorted(resources.path("weights").glob("*.yaml"))}


def find(model: str) -> Path:
    """Return the manifest of ``model``.

    Args:
        model: the name of a shipped model, a path to a manifest, or a path to a ``.tflite`` that has a
            manifest of the same name beside it.

    Raises:
        ModelError: there is no such model.
        ManifestError: there is a ``.tflite`` but no manifest.
    """
    known = shipped()
    if model in known:
        return known[model]
    path = Path(model)
    if path.suffix in _YAML:
        return path
    if path.suffix == ".tflite":
        return _beside(path, known)
    close = difflib.get_close_matches(model, known, n=1)
    meant = f"; did you mean {close[0]!r}?" if close else ""
    raise ModelError(
        f"model {model!r}: expected one of {', '.join(known)}, a manifest (.yaml), "
        f"or a .tflite with its manifest beside it{meant}"
    )


def _beside(path: Path, known: dict[str, Path]) -> Path:
    if not path.exists():
        raise ModelError(f"model {path}: no such file; models that come along: {', '.join(known)}")
    for suffix in _YAML:
        manifest = path.with_suffix(suffix)
        if manifest.exists():
            return manifest
    example = next(iter(known.values()), "those of the product")
    raise ManifestError(
        f"model {path}: {path.with_suffix('.yaml').name} is missing beside it; a manifest says what the "
        f"outputs mean, which anchors and labels belong to them, and the file's sha256 "
        f"(start from {example}); models that come along: {', '.join(known)}"
    )
