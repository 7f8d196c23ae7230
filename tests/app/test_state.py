"""Health tells whether results come, not only whether frames do."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from fakes.recordings import noisy, recorder

from edge_mbv2.app.state import RunState
from edge_mbv2.pipeline import metrics as metrics_module
from edge_mbv2.pipeline.capture import CameraState
from edge_mbv2.pipeline.metrics import Metrics
from edge_mbv2.pipeline.record import Recorder


@pytest.fixture
def now_s(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr(metrics_module.time, "monotonic", lambda: now[0])
    return now


def front(state: CameraState = CameraState.STREAMING, reason: str | None = None) -> SimpleNamespace:
    """What the state asks of a capture."""
    return SimpleNamespace(camera_name="front", description="a camera", state=state, reason=reason, idle=None)


def state(
    capture: SimpleNamespace, metrics: Metrics, *, loaded: bool = True, recorder: Recorder | None = None
) -> RunState:
    analyser = SimpleNamespace(
        backend=SimpleNamespace(description="LiteRT") if loaded else None,
        model=SimpleNamespace(manifest=SimpleNamespace(name="person")),
        engine_name=lambda: "litert" if loaded else "",
    )
    return RunState(analyser, [capture], metrics, None, "shelf", recorder)  # type: ignore[arg-type]


def test_healthy_only_while_frames_and_results_come(now_s: list[float]) -> None:
    capture, metrics = front(CameraState.OPENING), Metrics(["front"])
    assert state(capture, metrics, loaded=False).problem() == "the model is being loaded"
    run = state(capture, metrics)
    assert run.problem() == "camera front is opening"
    capture.state = CameraState.STREAMING
    metrics.count_captured("front")
    assert run.problem() == "camera front is opening"
    metrics.count_analysed("front")
    assert run.problem() is None
    now_s[0] += 11
    metrics.count_captured("front")  # the camera goes on, the inference hangs
    assert run.problem() == "camera front is stalled (no result for 11 s)"
    assert run.state()["cameras"]["front"]["state"] == "stalled"
    metrics.count_analysed("front")
    assert run.problem() is None


@pytest.mark.parametrize("condition", [CameraState.STALLED, CameraState.WAITING, CameraState.CLOSED])
def test_a_camera_that_does_not_stream_is_told_with_its_reason(
    condition: CameraState, now_s: list[float]
) -> None:
    run = state(front(condition, "camera 0: unplugged"), Metrics(["front"]))
    assert run.problem() == f"camera front is {condition.value} (camera 0: unplugged)"
    told = run.state()["cameras"]["front"]
    assert (told["state"], told["reason"]) == (condition.value, "camera 0: unplugged")
    assert run.status() == f"front {condition.value} (camera 0: unplugged), litert"


def test_a_camera_whose_next_frame_is_not_due_is_healthy(now_s: list[float]) -> None:
    metrics = Metrics(["front"])
    metrics.count_captured("front")
    metrics.count_analysed("front")
    now_s[0] += 60
    assert state(front(), metrics).problem() is None


def test_the_status_is_for_people(now_s: list[float]) -> None:
    assert state(front(), Metrics(["front"])).status() == "front 0.0 fps, litert"


def test_a_refused_configuration_is_told(now_s: list[float]) -> None:
    run = state(front(), Metrics(["front"]))
    assert run.state()["reload_problem"] is None
    run.reload_problem = "config.yaml:3: web.prot: unknown key"
    assert run.state()["reload_problem"] == run.reload_problem
    assert run.status() == (
        "front 0.0 fps, litert; running with the old configuration: config.yaml:3: web.prot: unknown key"
    )


def test_what_is_recorded_and_what_is_missed(now_s: list[float], tmp_path: Path) -> None:
    metrics = Metrics(["front"])
    assert state(front(), metrics).state()["recording"] is None
    sink = recorder(tmp_path)
    sink.open()
    sink.publish(noisy(3))
    told = state(front(), metrics, recorder=sink).state()["recording"]
    sink.close()
    assert told == {"frames": 1, "missing": 3, "bytes": sink.size_bytes}


def test_a_still_scene_is_healthy_and_called_so(now_s: list[float]) -> None:
    metrics = Metrics(["front"])
    run = state(front(), metrics)
    metrics.count_captured("front")
    metrics.count_analysed("front")
    now_s[0] += 60
    metrics.count_captured("front")
    metrics.count_skipped("front", "gate")
    assert run.problem() is None
    assert run.status() == "front still, litert"
    metrics.count_skipped("front", "rate")
    assert run.status() == "front still, litert"
    metrics.count_analysed("front")
    assert run.status() != "front still, litert"
