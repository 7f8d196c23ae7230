"""The manifest: what must be known about a model file before it can be used."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, Strict, field_validator

from edge_mbv2.config import document
from edge_mbv2.errors import ManifestError, ModelError

# YAML has lists only; this makes them tuples while their items stay strict.
FromList = Strict(False)

Fraction = Annotated[float, Field(gt=0, lt=1)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Pixels = Annotated[int, Field(ge=1, le=8192)]


class Section(document.Section):
    """A mapping in the file; values are never coerced from other kinds."""

    model_config = ConfigDict(strict=True)


class Input(Section):
    """The model's input tensor, by its name in the file, and how a picture gets into it."""

    name: str
    width: Pixels
    height: Pixels
    dtype: Literal["uint8"]
    color: Literal["rgb"]
    resize: Literal["stretch", "letterbox"] = "stretch"


class Thresholds(Section):
    """What is left out: scores below."""

    score: Fraction


class Licence(Section):
    """Under what terms the weights are."""

    spdx: str
    copyright: str | None = None


class Origin(Section):
    """What the weights were made from."""

    package: str
    file: str
    sha256: Sha256


class Measured(Section):
    """What the recipe that made the file measured: average precision 0 to 1, and sizes."""

    reference: str
    pictures: str
    ap: float
    ap50: float
    ap75: float
    parameters: int
    madds: int


class Manifest(Section):
    """What every family of models needs; a family adds its own sections.

    Attributes:
        schema_version: of this format, written ``schema``.
        name: the model's, for machines.
        title: the model's, for people.
        task: what it does.
        family: which code decodes its outputs.
        file: the ``.tflite`` beside the manifest.
        sha256: of that file, lower-case hexadecimal.
        size_bytes: of that file.
        labels: the classes in words, without a background.
        thresholds: defaults that a user may override.
    """

    schema_version: Literal[1] = Field(alias="schema")
    name: Annotated[str, Field(min_length=1)]
    title: Annotated[str, Field(min_length=1)]
    task: str
    family: str
    file: str
    sha256: Sha256
    size_bytes: Annotated[int, Field(gt=0)]
    input: Input
    labels: Annotated[tuple[str, ...], FromList, Field(min_length=1)]
    thresholds: Thresholds
    licence: Licence | None = None
    origin: Origin | None = None
    measured: Measured | None = None

    @field_validator("file")
    @classmethod
    def _beside(cls, file: str) -> str:
        if Path(file).name != file:
            raise ValueError(f"{file!r}; expected the bare name of a file beside the manifest")
        return file


def read(path: Path, families: Mapping[str, type[Manifest]]) -> Manifest:
    """Read a manifest and check all of it that can be checked without its model.

    Args:
        path: a YAML file.
        families: the schema of each family.

    Raises:
        ManifestError: it can't be read or is wrong; the message has a line for each mistake.
    """
    manifest = document.read(path, "a manifest", ManifestError)
    family = manifest.values.get("family")
    if not isinstance(family, str) or family not in families:
        raise ManifestError(f"{path}: family: {family!r}; expected one of {', '.join(families)}")
    return document.validate(families[family], manifest, ManifestError)


def check_file(path: Path, manifest: Manifest) -> None:
    """Compare a model file with the size and hash its manifest gives.

    Raises:
        ModelError: it is missing or is another file.
    """
    try:
        size_bytes = path.stat().st_size
        if size_bytes != manifest.size_bytes:
            raise ModelError(
                f"{path}: {size_bytes} bytes, its manifest says {manifest.size_bytes}; "
                "the file is damaged or belongs to another manifest: fetch it again"
            )
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as exc:
        raise ModelError(f"{path}: {exc.strerror}; expected the model of {manifest.name}") from exc
    if sha256 != manifest.sha256:
        raise ModelError(
            f"{path}: its sha256 is {sha256}, its manifest says {manifest.sha256}; "
            "the file is damaged or belongs to another manifest: fetch it again"
        )
