"""From what a person types to a manifest."""

from pathlib import Path

import pytest
from fakes import ssd

from edge_mbv2.errors import ManifestError, ModelError
from edge_mbv2.models import catalogue


@pytest.fixture(autouse=True)
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two models in place of those that the product ships."""
    folder = tmp_path / "weights"
    folder.mkdir()
    for name in ("ssdlite_person", "ssd_objects"):
        ssd.write(folder, ssd.document(name=name), f"{name}.yaml")
    monkeypatch.setattr(catalogue.resources, "path", lambda name: tmp_path / name)
    return folder


def test_shipped_models_are_listed_by_name(weights: Path) -> None:
    assert catalogue.shipped() == {
        "ssd_objects": weights / "ssd_objects.yaml",
        "ssdlite_person": weights / "ssdlite_person.yaml",
    }


def test_a_shipped_name_is_found(weights: Path) -> None:
    assert catalogue.find("ssdlite_person") == weights / "ssdlite_person.yaml"


@pytest.mark.parametrize("name", ["mine.yaml", "mine.yml"])
def test_a_path_to_a_manifest_is_taken_as_it_is(tmp_path: Path, name: str) -> None:
    assert catalogue.find(str(tmp_path / name)) == tmp_path / name


@pytest.mark.parametrize("suffix", [".yaml", ".yml"])
def test_a_tflite_is_found_by_the_manifest_beside_it(tmp_path: Path, suffix: str) -> None:
    manifest = ssd.write(tmp_path, ssd.document(), f"tiny_ssd{suffix}")

    assert catalogue.find(str(tmp_path / "tiny_ssd.tflite")) == manifest


def test_an_unknown_name_lists_the_shipped_ones_and_the_nearest() -> None:
    with pytest.raises(ModelError) as caught:
        catalogue.find("ssdlite_persons")

    message = str(caught.value)
    assert (
        "model 'ssdlite_persons': expected one of ssd_objects, ssdlite_person, a manifest (.yaml)" in message
    )
    assert message.endswith("did you mean 'ssdlite_person'?")


def test_a_name_like_no_other_gets_no_suggestion() -> None:
    with pytest.raises(ModelError, match=r"beside it$"):
        catalogue.find("yolo")


def test_a_missing_tflite_is_told() -> None:
    with pytest.raises(ModelError, match=r"mine\.tflite: no such file; .*ssd_objects, ssdlite_person"):
        catalogue.find("mine.tflite")


def test_a_tflite_without_a_manifest_says_what_is_needed(tmp_path: Path) -> None:
    (tmp_path / "mine.tflite").write_bytes(b"")

    with pytest.raises(ManifestError) as caught:
        catalogue.find(str(tmp_path / "mine.tflite"))

    message = str(caught.value)
    assert "mine.yaml is missing beside it" in message
    assert "anchors and labels" in message
    assert "ssd_objects, ssdlite_person" in message
