"""The self-test's report for people, in 80 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

from edge_mbv2.measure.machine import Machine
from edge_mbv2.measure.report import Check, Report
from edge_mbv2.measure.thermal import Condition

_WIDTH = 80
_MARKS = {True: "ok", False: "FAIL", None: "-"}
_COLUMNS = f"{'':<30}{'AP':>6}{'AP50':>7}{'AR100':>7}{'p50 ms':>8}{'p95':>7}{'p99':>7}{'fps':>7}"


def head(machine: Machine, condition: Condition, version: str) -> str:
    """Say what it runs on."""
    memory = f", {machine.memory_mib / 1024:.1f} GiB" if machine.memory_mib else ""
    features = f" ({', '.join(machine.cpu_features)})" if machine.cpu_features else ""
    board = f"{machine.board}, " if machine.board else ""
    versions = ", ".join(f"{name} {number}" for name, number in machine.versions.items())
    return "\n".join(
        [
            _facts("edge-mbv2", version),
            _facts("machine", f"{board}{machine.cpu}{features}, cores: {machine.cores}{memory}"),
            _facts("system", f"{machine.system}, {machine.kernel}, {machine.bits}-bit Python"),
            _facts("software", versions),
            _facts("condition", _condition(condition)),
        ]
    )


class Lines:
    """Turns checks into lines, with a heading before those of each model."""

    def __init__(self) -> None:
        self._model: str | None = None

    def __call__(self, check: Check) -> str:
        """Say what a check came to."""
        heading = f"{check.model}\n" if check.model != self._model else ""
        self._model = check.model
        engine = f"{check.engine}: " if check.engine else ""
        told = f"  {_MARKS[check.verdict.passed]:<5}{check.name:<9}{engine}{check.verdict.finding}"
        return heading + _fill(told, " " * 16)


def foot(report: Report) -> str:
    """Sum up: the figures of every engine, and whether all is well."""
    lines = ["", *_table(report.checks), *_tolerance(report), _facts("condition", _condition(report.after))]
    failures = len(report.failures)
    verdict = f"FAILED: {failures} of {len(report.checks)} checks" if failures else "PASSED"
    return "\n".join([*lines, f"{verdict} in {report.seconds:.0f} s"])


def _table(checks: tuple[Check, ...]) -> Iterator[str]:
    """Give a block for each model that was measured, with a row for each engine."""
    rows: dict[str, dict[str, dict[str, Any]]] = {}
    for check in checks:
        if check.model and check.engine:
            row = rows.setdefault(check.model, {}).setdefault(check.engine, {})
            row.update(check.verdict.values)
    if rows:
        yield _COLUMNS
    for model, engines in rows.items():
        yield model
        for engine, values in engines.items():
            yield f"  {engine:<28}{_precision(values)}{_latency(values)}"
        for recorded in [values for values in engines.values() if "expected" in values][:1]:
            yield f"  {'recorded':<28}{_precision(recorded['expected'])}"
            yield f"  {'tolerance':<28}{_precision(recorded['tolerance'])}"


def _precision(values: dict[str, float]) -> str:
    shown = (f"{values[name]:.3f}" if name in values else "-" for name in ("ap", "ap50", "ar100"))
    return "{:>6}{:>7}{:>7}".format(*shown)


def _latency(values: dict[str, float]) -> str:
    names = ("p50_ms", "p95_ms", "p99_ms", "rate_hz")
    shown = (f"{values[name]:.1f}" if name in values else "-" for name in names)
    return "{:>8}{:>7}{:>7}{:>7}".format(*shown)


def _tolerance(report: Report) -> Iterator[str]:
    if any("tolerance" in check.verdict.values for check in report.checks):
        yield _fill(f"Tolerance: {report.tolerance_origin}.")


def _condition(condition: Condition) -> str:
    heat = "temperature not told"
    if condition.temperature_c is not None:
        heat = f"{condition.temperature_c:.0f} C ({condition.zone})"
    if not condition.told:
        return f"{heat}, throttling not told"
    now = ", ".join(condition.now) or "not throttled"
    before = f", since the start: {', '.join(condition.since_boot)}" if condition.since_boot else ""
    return f"{heat}, {now}{before}"


def _facts(name: str, text: str) -> str:
    return _fill(f"{name:<11}{text}", " " * 11)


def _fill(text: str, indent: str = "") -> str:
    """Break lines between words only: names, paths and hashes stay whole, to be copied."""
    return textwrap.fill(
        text, _WIDTH, subsequent_indent=indent, break_on_hyphens=False, break_long_words=False
    )
