"""A stage's thread: start, steps, stop, whatever fails."""

import pytest

from edge_mbv2.pipeline.stage import StageThread


class Recorder:
    name = "recorder"
    idle = None

    def __init__(self, steps: int = 3, fail_in: str = "") -> None:
        self.calls: list[str] = []
        self._left = steps
        self._fail_in = fail_in

    def _call(self, name: str) -> None:
        self.calls.append(name)
        if name == self._fail_in:
            raise RuntimeError(name)

    def start(self) -> None:
        self._call("start")

    def step(self) -> bool:
        self._call("step")
        self._left -= 1
        return self._left > 0

    def stop(self) -> None:
        self._call("stop")


def run(stage: Recorder) -> tuple[StageThread, list[Exception | None]]:
    ends: list[Exception | None] = []
    thread = StageThread(stage, ends.append)
    thread.start()
    assert thread.join(60)
    return thread, ends


def test_it_runs_until_there_is_no_more() -> None:
    stage = Recorder()
    thread, ends = run(stage)
    assert stage.calls == ["start", "step", "step", "step", "stop"]
    assert ends == [None]
    assert thread.done
    assert thread.idle == "ended"


@pytest.mark.parametrize("where", ["start", "step", "stop"])
def test_a_failure_is_told_and_the_stage_is_stopped(where: str) -> None:
    stage = Recorder(fail_in=where)
    _, ends = run(stage)
    assert stage.calls[-1] == "stop"
    assert stage.calls.count("stop") == 1
    assert [str(end) for end in ends] == [where]


def test_it_stops_when_asked() -> None:
    stage = Recorder(steps=10**12)
    ends: list[Exception | None] = []
    thread = StageThread(stage, ends.append)
    thread.start()
    thread.request_stop()
    assert thread.join(60)
    assert ends == [None]
    assert stage.calls[-1] == "stop"
