"""NOTICE and SOURCES.md speak of the files that are shipped."""

import hashlib
from pathlib import Path

import pytest
import yaml

TOP = Path(__file__).resolve().parents[2]
MODELS = sorted((TOP / "weights").glob("*.tflite"))


@pytest.mark.parametrize("model", MODELS, ids=lambda path: path.stem)
def test_a_model_is_stated_with_its_hash_and_origin(model: Path) -> None:
    notice = (TOP / "NOTICE").read_text()
    manifest = yaml.safe_load(model.with_suffix(".yaml").read_text())
    assert f"weights/{model.name}\n  sha256 {hashlib.sha256(model.read_bytes()).hexdigest()}" in notice
    assert manifest["origin"]["sha256"] in notice
    assert manifest["origin"]["sha256"] in (TOP / "weights" / "SOURCES.md").read_text()


PHOTOGRAPHS = sorted((TOP / "edge_mbv2/data/selftest/images").glob("photo_*"))


@pytest.mark.parametrize("picture", PHOTOGRAPHS, ids=lambda path: path.stem)
def test_a_photograph_is_stated_with_its_hash_and_author(picture: Path) -> None:
    sha256 = hashlib.sha256(picture.read_bytes()).hexdigest()
    assert f"  {picture.name}\n    sha256 {sha256}\n" in (TOP / "NOTICE").read_text()
    (row,) = [
        line
        for line in (TOP / "edge_mbv2/data/selftest/SOURCES.md").read_text().splitlines()
        if f"images/{picture.name}" in line
    ]
    author = row.split("|")[-2].split(",")[0].replace("(scaled down)", "").strip()
    assert author
    assert author in (TOP / "NOTICE").read_text()


def test_the_photographs_are_eight() -> None:
    assert len(PHOTOGRAPHS) == 8


def test_there_are_models() -> None:
    assert len(MODELS) == 2
