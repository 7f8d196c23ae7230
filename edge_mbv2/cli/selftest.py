"""``edge-mbv2 selftest``: how fast and how right is this board?"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from edge_mbv2 import __version__
from edge_mbv2.cli import options as opt
from edge_mbv2.cli.output import say
from edge_mbv2.errors import SelftestError

if TYPE_CHECKING:
    from edge_mbv2.cli.signals import StopSignals
    from edge_mbv2.measure.report import Check


@click.command()
@opt.option("--model", metavar="NAME|FILE", help="Only this one (default: all that come along).")
@opt.option("--engine", metavar="NAME", help="Only litert or only numpy (default: all on this machine).")
@click.option("--json", "as_json", is_flag=True, help="A JSON object on standard output.")
def selftest(model: str | None, engine: str | None, as_json: bool) -> None:
    """Check what is installed, compare the engines layer by layer, measure accuracy and speed.

    Needs no camera, no network and no root. Exits with 6 and the failing lines if something is wrong.
    """
    from edge_mbv2.cli.signals import StopSignals

    try:
        with StopSignals() as signals:
            failures = _run(signals, model, engine or "auto", as_json)
    except SystemExit as exc:  # a signal's; what has not been looked at has not passed
        raise SelftestError("selftest: stopped before its end") from exc
    if failures:
        raise SelftestError("\n".join(f"selftest: {check.sentence()}" for check in failures))


def _run(signals: StopSignals, model: str | None, engine: str, as_json: bool) -> tuple[Check, ...]:
    """Make the test, print what it finds, and return what is wrong."""
    from edge_mbv2.measure import text
    from edge_mbv2.measure.selftest import Selftest

    signals.call(sys.exit)
    lines = text.Lines()
    test = Selftest(model, engine, lambda check: None if as_json else say(lines(check)))
    if not as_json:
        say(text.head(test.machine, test.before, __version__))
    report = test.run()
    if as_json:
        say(json.dumps(report.plain(__version__), indent=1, allow_nan=False))
    else:
        say(text.foot(report))
    return report.failures
