"""An installation that lacks something: the rest is looked at all the same."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from fakes.damage import PERSON

from edge_mbv2 import resources
from edge_mbv2.errors import ModelError, SelftestError, UsageError
from edge_mbv2.measure.report import Check
from edge_mbv2.measure.selftest import Selftest


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of what comes along, which the product takes for its own."""
    shutil.copytree(resources.path("weights"), tmp_path / "weights", ignore=lambda *_: ["recipe"])
    shutil.copytree(resources.path("selftest"), tmp_path / "selftest")
    monkeypatch.setattr(resources, "_ROOTS", (tmp_path,) * 2)
    return tmp_path


def failures(model: str | None = None) -> list[Check]:
    return list(Selftest(model, "numpy", lambda check: None).run().failures)


def test_a_missing_picture(installation: Path) -> None:
    (installation / "selftest/images/park_sun_22.jpg").unlink()
    (failed,) = failures(PERSON)
    assert failed.name == "pictures"
    assert "images/park_sun_22.jpg can't be read" in failed.sentence()


def test_models_that_are_gone(installation: Path) -> None:
    """Nothing but the files is looked at, so it is quick."""
    for path in (installation / "weights").glob("*.tflite"):
        path.unlink()
    (installation / "weights" / f"{PERSON}.yaml").unlink()
    other, person = failures()
    assert "ssd_mobilenet_v2_oidv4.tflite: No such file" in other.sentence()
    assert f"{PERSON}.yaml: No such file" in person.sentence()


@pytest.mark.parametrize("content", [None, "", "{}", "[]", '{"models": 3}'])
def test_a_record_that_is_gone(installation: Path, content: str | None) -> None:
    record = installation / "selftest/expected.json"
    record.unlink()
    if content is not None:
        record.write_text(content)
    with pytest.raises(SelftestError, match=r"expected\.json.*install edge-mbv2 again"):
        Selftest(None, "auto", lambda check: None)


def test_a_set_that_is_gone(installation: Path) -> None:
    shutil.rmtree(installation / "selftest")
    with pytest.raises(SelftestError, match="selftest is missing from this installation"):
        Selftest(None, "auto", lambda check: None)


def test_what_was_asked_for_wrongly() -> None:
    with pytest.raises(UsageError, match="engine 'litter'"):
        Selftest(None, "litter", lambda check: None)
    with pytest.raises(ModelError, match="persn"):
        Selftest("persn", "auto", lambda check: None)
