"""The report for people fits a terminal of 80 columns and says what failed."""

from __future__ import annotations

import dataclasses
import json

from edge_mbv2.measure import machine, text
from edge_mbv2.measure.report import Check, Report, Verdict
from edge_mbv2.measure.thermal import Condition

HOT = Condition("cpu-thermal", 81.5, True, ("throttled",), ("under-voltage", "throttled"))
COOL = Condition(None, None, False, (), ())
FIGURES = {"ap": 0.3167, "ap50": 0.7274, "ar100": 0.4349}
MODEL = "ssdlite_mobilenet_v2_person"
CHECKS = (
    Check("pictures", None, None, Verdict(True, "34 with 89 boxes, as this release has them")),
    Check("weights", MODEL, None, Verdict(False, "the file is damaged or " * 8 + "x" * 64)),
    Check("litert", MODEL, None, Verdict(None, "not used: there is none")),
    Check(
        "accuracy",
        MODEL,
        "numpy",
        Verdict(True, "as recorded", {**FIGURES, "expected": FIGURES, "tolerance": FIGURES}),
    ),
    Check(
        "speed",
        MODEL,
        "numpy",
        Verdict(None, "so so", {"p50_ms": 1234.5, "p95_ms": 2345.6, "p99_ms": 3456.7, "rate_hz": 0.81}),
    ),
)
REPORT = Report(machine.read(), COOL, HOT, CHECKS, "twice the largest change", 61.4)


def test_every_line_fits() -> None:
    lines = text.Lines()
    said = [text.head(REPORT.machine, HOT, "0.1.0"), *(lines(check) for check in CHECKS), text.foot(REPORT)]
    for line in "\n".join(said).splitlines():
        assert len(line) <= 80, line


def test_a_model_has_one_heading() -> None:
    lines = text.Lines()
    assert [lines(check).startswith(MODEL) for check in CHECKS] == [False, True, False, False, False]


def test_the_failure_is_marked_and_counted() -> None:
    lines = text.Lines()
    assert [lines(check).splitlines()[-1].startswith("  FAIL") for check in CHECKS[:1]] == [False]
    assert "\n  FAIL weights" in lines(CHECKS[1])
    assert text.foot(REPORT).endswith("FAILED: 1 of 5 checks in 61 s")
    assert REPORT.failures == (CHECKS[1],)
    assert CHECKS[1].sentence().startswith(f"weights of {MODEL}: the file is damaged")


def test_nothing_wrong_is_passed() -> None:
    report = dataclasses.replace(REPORT, checks=CHECKS[2:])
    assert text.foot(report).endswith("PASSED in 61 s")


def test_the_table_has_a_row_for_each_engine_and_the_record() -> None:
    foot = text.foot(REPORT)
    (row,) = (line for line in foot.splitlines() if line.startswith("  numpy"))
    assert row.split() == ["numpy", "0.317", "0.727", "0.435", "1234.5", "2345.6", "3456.7", "0.8"]
    assert "  recorded" in foot
    assert "Tolerance: twice the largest change." in foot


def test_the_condition_in_words() -> None:
    assert "82 C (cpu-thermal), throttled, since the start: under-voltage, throttled" in " ".join(
        text.foot(REPORT).split()
    )
    assert "temperature not told, throttling not told" in text.head(REPORT.machine, COOL, "0")


def test_json_holds_it_all() -> None:
    plain = json.loads(json.dumps(REPORT.plain("0.1.0")))
    assert plain["passed"] is False
    assert plain["condition"]["after"]["temperature_c"] == 81.5
    assert [check["passed"] for check in plain["checks"]] == [True, False, None, True, None]
