"""What rightly waits says so, and is not taken for something that hangs."""

import threading

from fakes.pipeline import ScriptedCamera
from fakes.waiting import until

from edge_mbv2.cameras.protocol import CameraSettings
from edge_mbv2.cameras.synthetic import SyntheticCamera
from edge_mbv2.clock import SystemClock
from edge_mbv2.pipeline.capture import Capture
from edge_mbv2.pipeline.metrics import Metrics
from edge_mbv2.pipeline.slot import LosslessSlot
from edge_mbv2.pipeline.stage import StageThread


def capture(camera: ScriptedCamera | SyntheticCamera) -> tuple[Capture, LosslessSlot]:
    slot = LosslessSlot(lambda frame, reason: None)
    return Capture(camera, slot, Metrics([camera.name])), slot


def test_a_hand_over_that_waits_for_the_analysis() -> None:
    stage, slot = capture(ScriptedCamera(10))
    thread = StageThread(stage, lambda failure: None)
    thread.start()
    until(lambda: thread.idle == "waiting for the analysis")
    slot.clear()
    assert thread.join(60)
    assert thread.idle == "ended"


def test_a_camera_whose_next_frame_is_not_due() -> None:
    camera = SyntheticCamera("", name="camera", settings=CameraSettings(framerate=0.1), clock=SystemClock())
    stage, slot = capture(camera)
    thread = StageThread(stage, lambda failure: None)
    thread.start()
    assert slot.take(60) is not None
    until(lambda: thread.idle == "the next frame is not due")
    stage.interrupt()
    assert thread.join(60)


def test_a_stage_that_starts() -> None:
    release = threading.Event()

    class Slow(ScriptedCamera):
        def open(self) -> None:
            release.wait(60)

    stage, slot = capture(Slow(0))
    thread = StageThread(stage, lambda failure: None)
    thread.start()
    assert thread.idle in ("starting", "camera is opening")
    release.set()
    assert thread.join(60)
    slot.clear()
