"""All checks of one model, in the order in which one rests upon the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np

from edge_mbv2 import models
from edge_mbv2.cameras.picture import load_picture
from edge_mbv2.errors import EdgeError, UnsupportedOpError
from edge_mbv2.inference.protocol import Backend
from edge_mbv2.measure import accuracy, agreement, engines, integrity, latency
from edge_mbv2.measure import layers as layers_of
from edge_mbv2.measure.expected import ExpectedModel
from edge_mbv2.measure.labelled import LabelledSet
from edge_mbv2.measure.layers import Layers, Run
from edge_mbv2.measure.report import Tell, Verdict

_SPEED_DURATION_S = 4.0
_PICTURES_FOR_NUMPY = 1  # its judge is some twenty times slower than itself
_PICTURES_FOR_OTHERS = 9


class ModelTest:
    """One model on the engines of this machine.

    Args:
        manifest_path: of the model.
        expected: what was recorded of it, None for a user's own.
        engine_names: those to look at.
        pictures: the labelled set, None if it is harmed.
        tell: told of each verdict as it is reached.
    """

    def __init__(
        self,
        manifest_path: Path,
        expected: ExpectedModel | None,
        engine_names: tuple[str, ...],
        pictures: LabelledSet | None,
        tell: Tell,
    ) -> None:
        self._manifest_path = manifest_path
        self._expected = expected
        self._engine_names = engine_names
        self._pictures = pictures
        self._tell = tell

    def run(self) -> None:
        """Make all checks; those that need what was found harmed are left out."""
        loaded = self._load()
        if loaded is None:
            return
        layers = self._layers(loaded)
        with engines.opened(loaded, self._engine_names, self._tell) as backends:
            if self._pictures is None:
                return
            if layers is not None:
                self._agreement(loaded, layers, backends)
            for name, backend in backends.items():
                self._check("accuracy", name, self._accuracy, loaded, backend, self._pictures)
            for name, backend in backends.items():
                self._check("speed", name, self._speed, loaded, backend)

    def _check(self, name: str, engine: str | None, make: Callable[..., Verdict], *arguments: object) -> None:
        """Tell of a check, also of one that could not be made."""
        try:
            verdict = make(*arguments)
        except EdgeError as exc:
            verdict = Verdict(False, _one_line(exc))
        self._tell(name, engine, verdict)

    def _load(self) -> models.LoadedModel | None:
        expected = self._expected
        try:
            loaded = models.load(str(self._manifest_path))
        except EdgeError as exc:
            path = self._manifest_path.with_suffix(".tflite")
            self._tell("weights", None, integrity.harmed_weights(_one_line(exc), path, expected))
            return None
        self._tell("weights", None, integrity.weights(loaded, expected))
        if expected is not None:
            self._tell("labels", None, integrity.labels(loaded.manifest.labels, expected.labels))
        return loaded

    def _layers(self, loaded: models.LoadedModel) -> Layers | None:
        """Look into the file; return None if the NumPy engine can't."""
        expected = self._expected
        try:
            layers = layers_of.load(loaded.path)
        except UnsupportedOpError as exc:
            self._tell("layers", None, Verdict(False if expected else None, f"not looked into: {exc}"))
            return None
        except EdgeError as exc:
            self._tell("layers", None, Verdict(False, _one_line(exc)))
            return None
        if expected is not None:
            self._check("layers", None, integrity.answers, layers, expected)
        return layers

    def _agreement(self, loaded: models.LoadedModel, layers: Layers, backends: dict[str, Backend]) -> None:
        """Hold NumPy against its twin, then every other engine against NumPy."""
        for name, backend in sorted(backends.items(), key=lambda item: item[0] != "numpy"):
            against = self._numpy if name == "numpy" else self._other
            self._check(name, None, against, loaded, layers, backend)

    def _numpy(self, loaded: models.LoadedModel, layers: Layers, backend: Backend) -> Verdict:
        twin = "its reference", layers_of.on_reference(layers)
        return self._judge(loaded, layers, layers.on_numpy, backend, twin, _PICTURES_FOR_NUMPY)

    def _other(self, loaded: models.LoadedModel, layers: Layers, backend: Backend) -> Verdict:
        numpy = "numpy", layers.on_numpy
        with layers_of.on_engine(backend.name, layers) as inside:
            return self._judge(loaded, layers, inside, backend, numpy, _PICTURES_FOR_OTHERS)

    def _judge(
        self,
        loaded: models.LoadedModel,
        layers: Layers,
        inside: Run,
        backend: Backend,
        against: tuple[str, Run],
        pictures: int,
    ) -> Verdict:
        detector = loaded.make_detector(backend.input, backend.outputs)
        return agreement.judge(layers, inside, backend, against, detector, self._images(pictures))

    def _images(self, count: int) -> Iterator[np.ndarray]:
        """Give ``count`` pictures, spread over the set."""
        assert self._pictures is not None
        pictures = self._pictures.pictures
        for picture in pictures[:: -(-len(pictures) // count)]:
            yield load_picture(picture.path)

    def _accuracy(self, loaded: models.LoadedModel, backend: Backend, pictures: LabelledSet) -> Verdict:
        sensitive = models.load(str(loaded.manifest_path), threshold=accuracy.LOWEST_SCORE)
        detector = sensitive.make_detector(backend.input, backend.outputs)
        return accuracy.judge(accuracy.measure(backend, detector, pictures), self._expected, pictures)

    def _speed(self, loaded: models.LoadedModel, backend: Backend) -> Verdict:
        detector = loaded.make_detector(backend.input, backend.outputs)
        (image,) = self._images(1)
        found = latency.measure(lambda: accuracy.detections(backend, detector, image), _SPEED_DURATION_S)
        told = f"{backend.description}: {found.p50_ms:.1f} ms a frame, {found.rate_hz:.1f} frames/s"
        values = {"description": backend.description, "seconds": _SPEED_DURATION_S, **asdict(found)}
        return Verdict(None, told, values)


def _one_line(exc: EdgeError) -> str:
    return "; ".join(str(exc).splitlines())
