"""What this release's models are and reach on its own pictures, as recorded when it was made."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from edge_mbv2 import resources
from edge_mbv2.errors import EdgeError, SelftestError
from edge_mbv2.measure.coco import Precision

_FILE = "expected.json"


@dataclass(frozen=True, slots=True)
class ExpectedModel:
    """One shipped model.

    Attributes:
        sha256: of its file.
        labels: its classes in words.
        layers: a checksum of every operator's output for the probe, see `layers.digests`.
        accuracy: on all pictures.
        tolerance: by how much each figure of ``accuracy`` may differ.
    """

    sha256: str
    labels: tuple[str, ...]
    layers: tuple[str, ...]
    accuracy: Precision
    tolerance: Precision


@dataclass(frozen=True, slots=True)
class Expected:
    """Everything that was recorded.

    Attributes:
        pictures: sha256 by path in the set's folder.
        models: by name.
        tolerance_origin: a sentence on where the tolerances come from.
    """

    pictures: dict[str, str]
    models: dict[str, ExpectedModel]
    tolerance_origin: str

    def save(self, folder: Path) -> None:
        """Write it beside the set."""
        document = asdict(self)
        for model in document["models"].values():
            model["layers"] = " ".join(model["layers"])
        (folder / _FILE).write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def folder() -> Path:
    """Return where the labelled set lies.

    Raises:
        SelftestError: it is missing, so the installation is damaged.
    """
    try:
        return resources.path("selftest")
    except EdgeError as exc:
        raise SelftestError(f"selftest: {exc}") from exc


def load() -> Expected:
    """Read what was recorded.

    Raises:
        SelftestError: the record is missing or damaged.
    """
    path = folder() / _FILE
    try:
        document = json.loads(path.read_bytes())
        return Expected(
            document["pictures"],
            {name: _model(values) for name, values in document["models"].items()},
            document["tolerance_origin"],
        )
    except OSError as exc:
        raise SelftestError(f"selftest: {path}: {exc.strerror}; install edge-mbv2 again") from exc
    except (ValueError, KeyError, TypeError, AttributeError) as exc:
        raise SelftestError(f"selftest: {path} is damaged; install edge-mbv2 again") from exc


def _model(values: dict[str, Any]) -> ExpectedModel:
    return ExpectedModel(
        values["sha256"],
        tuple(values["labels"]),
        tuple(values["layers"].split()),
        Precision(**values["accuracy"]),
        Precision(**values["tolerance"]),
    )
