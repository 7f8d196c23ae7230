"""Signals before, during and after a run."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator

import pytest

from edge_mbv2.cli.signals import StopSignals

BOTH = pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])


@pytest.fixture(autouse=True)
def handlers() -> Iterator[dict[int, object]]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    yield dict(before)
    for number, handler in before.items():
        signal.signal(number, handler)


@BOTH
def test_before_there_is_something_to_stop_it_leaves(number: int) -> None:
    with pytest.raises(SystemExit) as left, StopSignals():
        os.kill(os.getpid(), number)
    assert left.value.code == 0


@BOTH
def test_a_run_is_asked_each_time(number: int) -> None:
    asked = []
    with StopSignals() as signals:
        signals.call(lambda: asked.append(number))
        os.kill(os.getpid(), number)
        os.kill(os.getpid(), number)
    assert asked == [number, number]


@BOTH
def test_a_signal_that_an_import_swallowed_still_stops_the_run(number: int) -> None:
    asked = []
    with StopSignals() as signals:
        with contextlib.suppress(SystemExit):  # as a library's initialization may
            os.kill(os.getpid(), number)
        signals.call(lambda: asked.append(number))
    assert asked == [number]


@BOTH
def test_a_signal_while_the_process_leaves_does_not_kill_it(number: int) -> None:
    with StopSignals() as signals:
        signals.call(lambda: None)
        os.kill(os.getpid(), signal.SIGINT)
    os.kill(os.getpid(), number)
    assert signal.getsignal(number) is signal.SIG_IGN


def test_without_a_signal_the_handlers_are_as_before(handlers: dict[int, object]) -> None:
    with StopSignals():
        pass
    assert {number: signal.getsignal(number) for number in handlers} == handlers


def test_a_hangup_reloads_where_there_is_something_to_reload() -> None:
    asked: list[str] = []
    with StopSignals(reloads=True) as signals:
        os.kill(os.getpid(), signal.SIGHUP)
        signals.call(lambda: asked.append("stop"), lambda: asked.append("reload"))
        assert asked == ["reload"], "one that came early is kept"
        os.kill(os.getpid(), signal.SIGHUP)
        assert asked == ["reload", "reload"]
        os.kill(os.getpid(), signal.SIGTERM)
        assert asked == ["reload", "reload", "stop"]


@pytest.mark.parametrize("reloads", [False, True])
def test_nohup_is_respected(reloads: bool) -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    asked: list[str] = []
    with StopSignals(reloads=reloads) as signals:
        signals.call(lambda: asked.append("stop"), lambda: asked.append("reload"))
        os.kill(os.getpid(), signal.SIGHUP)
    assert asked == (["reload"] if reloads else [])
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
