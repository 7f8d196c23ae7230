"""The self-test: is everything here and unharmed, does it compute what it should, and how fast."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from edge_mbv2 import inference, resources
from edge_mbv2.measure import expected, labelled, machine, thermal
from edge_mbv2.measure.expected import Expected
from edge_mbv2.measure.labelled import LabelledSet
from edge_mbv2.measure.model_test import ModelTest
from edge_mbv2.measure.report import Check, Report, Verdict
from edge_mbv2.models import catalogue


class Selftest:
    """One run.

    Args:
        model: a model as `models.load` takes it; None for all that come along.
        engine: ``auto`` for all engines, or the name of one.
        tell: told of each check as it is made.

    Attributes:
        machine: what it runs on.
        before: how hot that is.

    Raises:
        UsageError: there is no engine of that name.
        ModelError: there is no such model.
        SelftestError: what everything is held against is missing.
    """

    def __init__(self, model: str | None, engine: str, tell: Callable[[Check], None]) -> None:
        inference.check_name(engine)
        self._engines = tuple(inference.BACKENDS) if engine == "auto" else (engine,)
        self._expected = expected.load()
        self._models = [catalogue.find(model)] if model else _bundled(self._expected)
        self._tell_of = tell
        self._checks: list[Check] = []
        self.machine = machine.read()
        self.before = thermal.read()

    def run(self) -> Report:
        """Make every check; a failed one does not keep the others from being made."""
        start = time.monotonic()
        pictures = self._pictures()
        for manifest in self._models:
            self._test(manifest, pictures)
        return Report(
            self.machine,
            self.before,
            thermal.read(),
            tuple(self._checks),
            self._expected.tolerance_origin,
            time.monotonic() - start,
        )

    def _test(self, manifest: Path, pictures: LabelledSet | None) -> None:
        name = manifest.stem

        def tell(check: str, engine: str | None, verdict: Verdict) -> None:
            self._tell(Check(check, name, engine, verdict))

        known = self._expected.models.get(name)
        ModelTest(manifest, known, self._engines, pictures, tell).run()

    def _tell(self, check: Check) -> None:
        self._checks.append(check)
        self._tell_of(check)

    def _pictures(self) -> LabelledSet | None:
        """Return the labelled set, None if it is harmed."""
        folder = expected.folder()
        harm = list(labelled.harmed(folder, self._expected.pictures))
        if harm:
            more = f" (and {len(harm) - 3} more)" if len(harm) > 3 else ""
            told = f"in {folder}: {'; '.join(harm[:3])}{more}: install edge-mbv2 again"
            self._tell(Check("pictures", None, None, Verdict(False, told)))
            return None
        found = labelled.read(folder)
        boxes = sum(len(picture.truth.boxes) for picture in found.pictures)
        told = f"{len(found.pictures)} with {boxes} boxes, as this release has them"
        self._tell(Check("pictures", None, None, Verdict(True, told)))
        return found


def _bundled(recorded: Expected) -> Sequence[Path]:
    """Return the manifests of all models that should be here and all that are."""
    weights = resources.path("weights")
    names = recorded.models.keys() | catalogue.shipped().keys()
    return [
        weights / f"{name}.yaml"
        for name in sorted(names, key=lambda name: (name not in recorded.models, name))
    ]
