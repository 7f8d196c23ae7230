"""Whether an engine agrees with its judge, layer by layer, and what it does to the boxes if not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from edge_mbv2.inference.protocol import Backend
from edge_mbv2.measure import boxes
from edge_mbv2.measure.boxes import BoxEffect
from edge_mbv2.measure.divergence import Comparison, Divergence
from edge_mbv2.measure.layers import Layers, Run, Values
from edge_mbv2.measure.report import Verdict
from edge_mbv2.models.protocol import Detector

# Its kernels are older than XNNPACK's rounding, which the NumPy engine reproduces.
_ROUNDS_OTHERWISE = "tflite-runtime"


def judge(
    layers: Layers,
    inside: Run,
    running: Backend,
    against: tuple[str, Run],
    detector: Detector[Any],
    images: Iterable[np.ndarray],
) -> Verdict:
    """Compare an engine with its judge.

    Args:
        layers: the model.
        inside: the engine with every operator's output in sight.
        running: the same engine as the product runs it; its outputs are compared too.
        against: the judge: what it is called, and it with every operator's output in sight.
        detector: made for the model.
        images: pictures, (height, width, 3) uint8, B, G, R.

    Raises:
        EngineError: an engine failed.
    """
    (judge_name, judge_run), comparison, pairs = against, Comparison(layers), []
    for image in images:
        tensor, geometry = detector.preprocess(image)
        wanted = judge_run(tensor)
        comparison.add(inside(tensor), wanted)
        outputs = running.invoke(tensor)
        comparison.add(_numbered(layers, outputs), wanted)
        pairs.append((detector.decode(_named(layers, wanted), geometry), detector.decode(outputs, geometry)))
    found, effect = comparison.result(), boxes.compare(pairs)
    passed: bool | None = found.differing == 0
    if not passed and running.description.startswith(_ROUNDS_OTHERWISE):
        passed = None
    values = {"against": judge_name, "pictures": len(pairs), **asdict(found), "boxes": asdict(effect)}
    return Verdict(passed, _sentence(judge_name, len(pairs), found, effect, passed), values)


def _numbered(layers: Layers, outputs: Mapping[str, np.ndarray]) -> Values:
    return {t: outputs[layers.graph.tensors[t].name] for t in layers.graph.outputs}


def _named(layers: Layers, values: Values) -> Mapping[str, np.ndarray]:
    return {layers.graph.tensors[t].name: values[t] for t in layers.graph.outputs}


def _sentence(
    judge_name: str, pictures: int, found: Divergence, effect: BoxEffect, passed: bool | None
) -> str:
    covered = f"{found.operators} operators, {pictures} picture{'s' * (pictures != 1)}"
    if not found.differing:
        return (
            f"against {judge_name}: 0 of {found.values:,} values and 0 of {effect.boxes} boxes differ "
            f"({covered})"
        )
    distance = "" if found.first_distance is None else f", by up to {found.first_distance:g}"
    known = "" if passed is False else f", as is known of {_ROUNDS_OTHERWISE}"
    return (
        f"against {judge_name}: {found.differing:,} of {found.values:,} values differ{known} ({covered}), "
        f"the first in {found.first} ({found.first_differing:,} of {found.first_values:,}{distance}); of "
        f"{effect.boxes} boxes {effect.missing} are missing, {effect.added} are new, the rest moves by up to "
        f"{effect.shift_px:.1f} px and {effect.score_change:.3f} in score"
    )
