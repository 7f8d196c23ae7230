"""Whether models are the files that they should be."""

from __future__ import annotations

from pathlib import Path

from edge_mbv2 import models
from edge_mbv2.errors import EdgeError
from edge_mbv2.measure import layers as layers_of
from edge_mbv2.measure import probe
from edge_mbv2.measure.expected import ExpectedModel, folder
from edge_mbv2.measure.file_hash import sha256
from edge_mbv2.measure.layers import Layers
from edge_mbv2.measure.report import Verdict


def weights(loaded: models.LoadedModel, expected: ExpectedModel | None) -> Verdict:
    """Judge a model whose manifest already agrees with its file."""
    found = loaded.manifest.sha256
    if expected is None:
        return Verdict(True, f"sha256 {found[:12]}, as its manifest has it", {"sha256": found})
    values = {"sha256": found, "expected": expected.sha256}
    if found != expected.sha256:
        return Verdict(
            False,
            f"{loaded.path} has sha256 {found[:12]}, this release's is {expected.sha256[:12]}, and its "
            "manifest was changed with it: install edge-mbv2 again",
            values,
        )
    return Verdict(True, f"sha256 {found[:12]}, as its manifest and this release have it", values)


def harmed_weights(reason: str, path: Path, expected: ExpectedModel | None) -> Verdict:
    """Say what is wrong with a model that its manifest does not fit, down to the layer if that can be told.

    Args:
        reason: why it was refused.
        path: the file, which may be missing.
        expected: what it should be.
    """
    try:
        values = {"sha256": sha256(path)}
    except OSError:
        return Verdict(False, reason)
    if expected is None or values["sha256"] == expected.sha256:
        return Verdict(False, reason, values)
    try:
        inside = answers(layers_of.load(path), expected)
    except EdgeError as exc:
        return Verdict(False, f"{reason}; {exc}", values)
    return Verdict(False, f"{reason}; {inside.finding}" if inside.passed is False else reason, values)


def labels(found: tuple[str, ...], expected: tuple[str, ...]) -> Verdict:
    """Compare a model's labels, one by one."""
    wrong = [
        f"{number} is {a!r}, expected {b!r}"
        for number, (a, b) in enumerate(zip(found, expected, strict=False))
        if a != b
    ]
    if len(found) != len(expected):
        return Verdict(False, f"{len(found)} labels, expected {len(expected)}")
    if wrong:
        more = f" (and {len(wrong) - 2} more)" if len(wrong) > 2 else ""
        return Verdict(False, f"label {'; label '.join(wrong[:2])}{more}: install edge-mbv2 again")
    return Verdict(True, f"{len(found)}, as this release has them")


def answers(layers: Layers, expected: ExpectedModel) -> Verdict:
    """Compare what each operator makes of the probe with what was recorded; the NumPy engine is asked."""
    values = layers.on_numpy(probe.read(folder(), layers.input))
    found = layers_of.digests(layers, values)
    if len(found) != len(expected.layers):
        return Verdict(False, f"{len(found)} operators, this release's file has {len(expected.layers)}")
    wrong = [i for i, (a, b) in enumerate(zip(found, expected.layers, strict=True)) if a != b]
    if wrong:
        return Verdict(
            False,
            f"{len(wrong)} of {len(found)} operators answer the probe otherwise than recorded, the first "
            f"is {layers.title(layers.tensors[wrong[0]])}",
            {"operators": len(found), "differing": len(wrong)},
        )
    return Verdict(True, f"{len(found)} operators answer the probe as recorded", {"operators": len(found)})
