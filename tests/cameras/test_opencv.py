"""OpenCV is made silent, whatever its age."""

from __future__ import annotations

from types import SimpleNamespace

import cv2
import pytest

from edge_mbv2.cameras.opencv import prepare


@pytest.fixture
def levels(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The log levels that are set, in OpenCV's two homes for the function."""
    monkeypatch.delenv("OPENCV_LOG_LEVEL", raising=False)
    levels: list[int] = []
    monkeypatch.setattr(cv2, "setLogLevel", levels.append, raising=False)
    monkeypatch.setattr(cv2.utils, "logging", SimpleNamespace(setLogLevel=levels.append), raising=False)
    return levels


def test_before_4_14(levels: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(cv2.utils, "logging")
    prepare()
    assert levels == [0]


def test_since_4_14(levels: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(cv2, "setLogLevel")
    prepare()
    assert levels == [0]


def test_a_level_that_was_asked_for_stays(levels: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENCV_LOG_LEVEL", "debug")
    prepare()
    assert levels == []
