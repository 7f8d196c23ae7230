"""An engine is held against its judge at every operator."""

from __future__ import annotations

import json
from collections.abc import Iterator

import numpy as np
import pytest

from edge_mbv2 import inference, models
from edge_mbv2.cameras.picture import load_picture
from edge_mbv2.errors import EngineError
from edge_mbv2.inference.numpy_backend import NumpyBackend
from edge_mbv2.measure import agreement, expected, layers, probe
from edge_mbv2.measure.layers import Layers, Run, Values
from edge_mbv2.measure.report import Verdict

LOADED = models.load("ssdlite_mobilenet_v2_person")
IMAGE = load_picture(expected.folder() / "images" / "street_day_00.jpg")


@pytest.fixture(scope="module")
def inside() -> Layers:
    return layers.load(LOADED.path)


@pytest.fixture(scope="module")
def right(inside: Layers) -> Run:
    """The NumPy engine, what it makes kept."""

    def copied(tensor: np.ndarray) -> Values:
        return {number: value.copy() for number, value in inside.on_numpy(tensor).items()}

    return copied


@pytest.fixture(scope="module")
def running() -> Iterator[NumpyBackend]:
    backend = NumpyBackend(LOADED.path, 1)
    backend.open()
    yield backend
    backend.close()


def judged(inside: Layers, run: Run, running: NumpyBackend, judge: Run) -> Verdict:
    detector = LOADED.make_detector(running.input, running.outputs)
    return agreement.judge(inside, run, running, ("the judge", judge), detector, [IMAGE])


def altered(run: Run, tensor: int, by: int) -> Run:
    """The same engine, one value of one tensor wrong."""

    def wrong(picture: np.ndarray) -> Values:
        values = dict(run(picture))
        values[tensor] = values[tensor].copy()
        values[tensor].flat[7] += by
        return values

    return wrong


def test_an_engine_agrees_with_itself(inside: Layers, right: Run, running: NumpyBackend) -> None:
    verdict = judged(inside, right, running, right)
    assert verdict.passed
    assert "0 of " in verdict.finding
    assert verdict.values["operators"] == len(inside.graph.ops)
    assert verdict.values["values"] > 1_000_000


def test_one_wrong_value_is_found_and_its_operator_named(
    inside: Layers, right: Run, running: NumpyBackend
) -> None:
    tensor = inside.tensors[30]
    verdict = judged(inside, altered(right, tensor, 2), running, right)
    assert verdict.passed is False
    assert verdict.values["differing"] == 1
    assert f"the first in {inside.title(tensor)} (1 of" in verdict.finding
    assert "by up to 2" in verdict.finding


def test_the_effect_on_boxes_is_told(inside: Layers, right: Run, running: NumpyBackend) -> None:
    """The engine as it runs loses a box when its judge sees nothing of it."""
    (classes,) = (t for t in inside.graph.outputs if "class" in inside.graph.tensors[t].name)

    def blind(picture: np.ndarray) -> Values:
        values = dict(right(picture))
        return values | {classes: np.full_like(values[classes], -128)}

    verdict = judged(inside, right, running, blind)
    assert verdict.passed is False
    assert verdict.values["boxes"]["added"] >= 2


def test_a_runtime_known_to_round_otherwise_is_told_but_not_failed(
    inside: Layers, right: Run, running: NumpyBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "description", "tflite-runtime 2.14.0, 2 threads")
    verdict = judged(inside, altered(right, inside.tensors[5], 1), running, right)
    assert verdict.passed is None
    assert "1 of " in verdict.finding
    assert "tflite-runtime" in verdict.finding


def test_the_engine_of_this_machine_shows_every_operator(inside: Layers, right: Run) -> None:
    tensor = probe.read(expected.folder(), inside.input)
    try:
        with layers.on_engine("litert", inside) as run:
            values = run(tensor)
            assert values.keys() == set(inside.tensors)
    except EngineError as exc:
        pytest.skip(f"LiteRT can't be used: {exc}")
    backend = inference.choose("litert", LOADED.path).backend
    if backend.description.startswith("ai-edge-litert"):
        assert layers.digests(inside, values) == layers.digests(inside, right(tensor))
    backend.close()


def test_a_shape_that_differs_differs_everywhere(inside: Layers, right: Run, running: NumpyBackend) -> None:
    tensor = inside.tensors[3]

    def narrow(picture: np.ndarray) -> Values:
        values = dict(right(picture))
        return values | {tensor: values[tensor][:, 1:]}

    verdict = judged(inside, narrow, running, right)
    assert verdict.passed is False
    assert verdict.values["first"] == inside.title(tensor)
    assert json.loads(json.dumps(verdict.values, allow_nan=False)) == verdict.values
