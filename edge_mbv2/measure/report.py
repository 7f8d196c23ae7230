"""What the self-test found, in the form that machines read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from edge_mbv2.measure.machine import Machine
from edge_mbv2.measure.thermal import Condition

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one check came to.

    Attributes:
        passed: None where there was nothing to judge by.
        finding: for people, one sentence without a full stop.
        values: the figures behind it.
    """

    passed: bool | None
    finding: str
    values: dict[str, Any] = field(default_factory=dict)


Tell = Callable[[str, str | None, Verdict], None]
"""Takes a check's name, the engine's where there is one for each engine, and the verdict."""


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the report.

    Attributes:
        name: what was looked at: ``pictures``, ``weights``, ``labels``, ``layers``, ``numpy``, ``litert``,
            ``accuracy``, ``speed``.
        model: the model's name, None for what concerns them all.
        engine: the engine's name, None for what concerns them all.
        verdict: what came of it.
    """

    name: str
    model: str | None
    engine: str | None
    verdict: Verdict

    @property
    def failed(self) -> bool:
        """Whether something is wrong."""
        return self.verdict.passed is False

    def sentence(self) -> str:
        """Return it as it stands in an error message."""
        where = " on ".join(filter(None, (self.model, self.engine)))
        return f"{self.name}{f' of {where}' if where else ''}: {self.verdict.finding}"


@dataclass(frozen=True, slots=True)
class Report:
    """Everything.

    Attributes:
        machine: what it ran on.
        before: how hot that was at first.
        after: and at the end.
        checks: in the order they were made.
        tolerance_origin: where the tolerances of the accuracies come from.
        seconds: how long it took.
    """

    machine: Machine
    before: Condition
    after: Condition
    checks: tuple[Check, ...]
    tolerance_origin: str
    seconds: float

    @property
    def failures(self) -> tuple[Check, ...]:
        """What is wrong."""
        return tuple(check for check in self.checks if check.failed)

    def plain(self, version: str) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "schema": SCHEMA,
            "type": "selftest",
            "version": version,
            "passed": not self.failures,
            "seconds": round(self.seconds, 1),
            "machine": asdict(self.machine),
            "condition": {"before": asdict(self.before), "after": asdict(self.after)},
            "tolerance_origin": self.tolerance_origin,
            "checks": [_plain(check) for check in self.checks],
        }


def _plain(check: Check) -> dict[str, Any]:
    return {
        "name": check.name,
        "model": check.model,
        "engine": check.engine,
        "passed": check.verdict.passed,
        "finding": check.verdict.finding,
        "values": check.verdict.values,
    }
