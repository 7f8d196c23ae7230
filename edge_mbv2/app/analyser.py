"""A model and the engine it runs on, opened once and used by one run after another."""

from __future__ import annotations

import logging
from typing import Any

from edge_mbv2 import inference, models
from edge_mbv2.config.schema import ModelConfig
from edge_mbv2.inference.protocol import Backend
from edge_mbv2.models.protocol import Detector
from edge_mbv2.pipeline.look import Sight
from edge_mbv2.regions.tiles import FAINTEST

_log = logging.getLogger(__name__)


class Analyser:
    """Finds the model at once and loads it when asked.

    Args:
        config: names the model, the engine, the labels and the threshold.

    Attributes:
        model: its manifest and file.

    Raises:
        ModelError: the model, its manifest or the labels are wrong.
        UsageError: there is no engine of that name.
    """

    def __init__(self, config: ModelConfig) -> None:
        inference.check_name(config.engine)
        self._config = config
        self.model = models.load(config.name, threshold=config.threshold, labels=config.labels)
        self._opened: tuple[Backend, Detector[Any]] | None = None

    @property
    def backend(self) -> Backend | None:
        """The engine, None until `open` has chosen it."""
        return self._opened[0] if self._opened else None

    def threshold(self) -> float:
        """Return the lowest score that counts."""
        return self.model.manifest.thresholds.score

    def engine_name(self) -> str:
        """Return the engine's short name, empty until `open` has chosen it."""
        return self._opened[0].name if self._opened else ""

    def open(self) -> tuple[Backend, Detector[Any]]:
        """Choose the engine and load the model, the first time; takes up to seconds.

        Raises:
            EngineError: no engine takes the model.
            ManifestError: the model is not what its manifest says.
        """
        if self._opened is None:
            config = self._config
            backend, reason = inference.choose(config.engine, self.model.path, config.threads)
            self._opened = backend, self.model.make_detector(backend.input, backend.outputs, FAINTEST)
            _log.info("%s on %s", self.model.manifest.name, reason)
        return self._opened

    def open_beside(self, other: Analyser) -> None:
        """Open this one while another, which is open, goes on being used.

        It takes over the other's engine if only labels or threshold differ; otherwise both models are
        in memory for a while, and the first inference is made, too.

        Raises:
            ModelError: as `open`.
        """
        backend = other.backend
        if backend is not None and self._needs == other._needs:
            self._opened = backend, self.model.make_detector(backend.input, backend.outputs, FAINTEST)
        else:
            Sight(*self.open()).warm_up()

    def is_as(self, other: Analyser) -> bool:
        """Tell whether this one would find the same as the other, on the same engine."""
        return self.model == other.model and self._needs == other._needs

    def close(self, *, keep: Analyser | None = None) -> None:
        """Free the model; only once nobody uses it any more. What ``keep`` took over stays."""
        if self._opened and not (keep and keep.backend is self.backend):
            self._opened[0].close()
        self._opened = None

    @property
    def _needs(self) -> tuple[object, ...]:
        """What decides whether an engine that is open will do."""
        return self.model.path, self.model.manifest.sha256, self._config.engine, self._config.threads
