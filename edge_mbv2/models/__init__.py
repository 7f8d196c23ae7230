"""Model families: from what a person calls a model to a detector."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from edge_mbv2.errors import ManifestError, UsageError
from edge_mbv2.models import catalogue, label_file
from edge_mbv2.models.manifest import Manifest, check_file, read
from edge_mbv2.models.protocol import Detector
from edge_mbv2.models.ssdlite.detector import SsdliteDetector
from edge_mbv2.models.ssdlite.manifest import SsdliteManifest
from edge_mbv2.models.ssdlite.tensors import mistakes as ssdlite_mistakes
from edge_mbv2.models.tensors import input_mistakes
from edge_mbv2.tensor import TensorSpec

Outputs = Mapping[str, TensorSpec]


class Family(NamedTuple):
    """How one kind of model is read.

    Attributes:
        manifest: the schema of its manifests.
        mistakes: says where a model's outputs are not as a manifest has them.
        detector: makes the detector, once there are no mistakes.
    """

    manifest: type[Manifest]
    mistakes: Callable[[Any, Outputs], Iterator[str]]
    detector: Callable[[Any, Outputs, float | None], Detector[Any]]


FAMILIES: dict[str, Family] = {
    "ssdlite": Family(SsdliteManifest, ssdlite_mistakes, SsdliteDetector),
}


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A manifest and its file, checked against each other; no engine has seen the file yet.

    Attributes:
        manifest: with the user's threshold and labels in it.
        path: the ``.tflite``.
        manifest_path: where the manifest lies.
    """

    manifest: Manifest
    path: Path
    manifest_path: Path

    def make_detector(
        self, input: TensorSpec, outputs: Outputs, faintest: float | None = None
    ) -> Detector[Any]:
        """Make the detector for this model as an engine has opened it.

        Args:
            input: the opened model's.
            outputs: the opened model's, by tensor name.
            faintest: the lowest score that the detector returns, if that is to be below the threshold.

        Raises:
            ManifestError: a tensor's name, shape or type is not what the manifest says; the message
                has a line for each.
        """
        family = FAMILIES[self.manifest.family]
        mistakes = [
            *input_mistakes(self.manifest.input, input),
            *family.mistakes(self.manifest, outputs),
        ]
        if mistakes:
            raise ManifestError("\n".join(f"{self.manifest_path}: {mistake}" for mistake in mistakes))
        return family.detector(self.manifest, outputs, faintest)


def load(model: str, *, threshold: float | None = None, labels: Path | None = None) -> LoadedModel:
    """Find a model, read its manifest and check its file.

    Args:
        model: the name of a shipped model, a path to a manifest (.yaml), or a path to a ``.tflite``
            with a manifest of the same name beside it.
        threshold: lowest score that counts, above 0 and below 1; the manifest's if None.
        labels: a label file in place of the manifest's labels.

    Raises:
        ModelError: there is no such model, or the file is not the manifest's.
        ManifestError: the manifest is missing or wrong.
        LabelsError: the label file is wrong or does not fit.
        UsageError: the threshold is out of range.
    """
    manifest_path = catalogue.find(model)
    manifest = read(manifest_path, {name: family.manifest for name, family in FAMILIES.items()})
    changes: dict[str, Any] = {}
    if threshold is not None:
        if not 0 < threshold < 1:
            raise UsageError(f"threshold {threshold}: expected a score above 0 and below 1")
        changes["thresholds"] = manifest.thresholds.model_copy(update={"score": threshold})
    if labels is not None:
        changes["labels"] = label_file.read(labels, len(manifest.labels))
    path = manifest_path.parent / manifest.file
    check_file(path, manifest)
    return LoadedModel(manifest.model_copy(update=changes), path, manifest_path)
