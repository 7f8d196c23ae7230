"""Accuracy is held against the record."""

from edge_mbv2.measure import accuracy, expected, labelled
from edge_mbv2.measure.coco import Precision
from edge_mbv2.measure.expected import ExpectedModel

SET = labelled.read(expected.folder())
RECORD = ExpectedModel("", ("person",), (), Precision(0.3, 0.7, 0.4), Precision(0.02, 0.03, 0.04))


def test_within_the_tolerance() -> None:
    verdict = accuracy.judge(Precision(0.319, 0.671, 0.439), RECORD, SET)
    assert verdict.passed
    assert verdict.values["expected"]["ap"] == 0.3


def test_beyond_it_each_figure_is_named() -> None:
    verdict = accuracy.judge(Precision(0.29, 0.66, 0.45), RECORD, SET)
    assert verdict.passed is False
    assert "AP50 is 0.660, expected 0.700 within 0.030" in verdict.finding
    assert "AR100 is 0.450" in verdict.finding
    assert "AP is" not in verdict.finding


def test_not_a_number_does_not_pass() -> None:
    assert accuracy.judge(Precision(float("nan"), 0.7, 0.4), RECORD, SET).passed is False


def test_without_a_record_or_the_class_nothing_is_judged() -> None:
    assert accuracy.judge(Precision(0.1, 0.1, 0.1), None, SET).passed is None
    assert accuracy.judge(None, RECORD, SET).passed is None


def test_the_class_is_found_whatever_its_case() -> None:
    assert accuracy.class_of(("Cat", "Person"), "person") == 1
    assert accuracy.class_of(("Cat",), "person") is None
