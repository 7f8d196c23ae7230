"""Health tells whether results come, not only whether frames do."""

from types import SimpleNamespace

import pytest
from fakes.pipeline import ScriptedCamera

from edge_mbv2.app.state import RunState
from edge_mbv2.pipeline import metrics as metrics_module
from edge_mbv2.pipeline.metrics import Metrics


@pytest.fixture
def now_s(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr(metrics_module.time, "monotonic", lambda: now[0])
    return now


def state(camera: ScriptedCamera, metrics: Metrics, *, loaded: bool = True) -> RunState:
    analyser = SimpleNamespace(
        backend=SimpleNamespace(description="LiteRT") if loaded else None,
        model=SimpleNamespace(manifest=SimpleNamespace(name="person")),
        engine_name=lambda: "litert" if loaded else "",
    )
    return RunState(analyser, {"front": camera}, metrics, None)  # type: ignore[arg-type]


def test_healthy_only_while_frames_and_results_come(now_s: list[float]) -> None:
    camera, metrics = ScriptedCamera(1, "front"), Metrics(["front"])
    assert state(camera, metrics, loaded=False).problem() == "the model is being loaded"
    run = state(camera, metrics)
    assert run.problem() == "camera front is opening"
    metrics.count_captured("front")
    metrics.count_analysed("front")
    assert run.problem() is None
    now_s[0] += 11
    metrics.count_captured("front")  # the camera goes on, the inference hangs
    assert run.problem() == "camera front is stalled"
    assert run.state()["cameras"]["front"]["state"] == "stalled"
    metrics.count_analysed("front")
    assert run.problem() is None


def test_a_camera_whose_next_frame_is_not_due_is_healthy(now_s: list[float]) -> None:
    camera, metrics = ScriptedCamera(1, "front"), Metrics(["front"])
    metrics.count_captured("front")
    metrics.count_analysed("front")
    now_s[0] += 60
    camera.idle = "the next frame is not due"
    assert state(camera, metrics).problem() is None


def test_the_status_is_for_people(now_s: list[float]) -> None:
    assert state(ScriptedCamera(1, "front"), Metrics(["front"])).status() == "front 0.0 fps, litert"
