"""V4L2 cameras through OpenCV's real V4L2 code, on a device that a preloaded library answers for.

Each test starts programs of its own, because the library must be there before Python is.
"""

from __future__ import annotations

import itertools
import json
import subprocess
import textwrap

import pytest
from fakes.v4l2 import FRAMES, RED_BGR, FakeV4L2, level

PREAMBLE = """
import json, logging, sys, threading
import numpy as np
from edge_mbv2.cameras import CameraSettings, create, discover, v4l2, v4l2_node
from edge_mbv2.clock import SystemClock
from edge_mbv2.errors import CameraError

def make(source="0", **settings):
    return create(source, name="front", settings=CameraSettings(**settings), clock=SystemClock())

def ask_test(*what):
    print(*what, flush=True)
    return input()

def number(frame):
    return round((float(np.median(frame.image[-20:])) - 30) / 6)

def say(**facts):
    print(json.dumps(facts))
"""


def program(body: str) -> tuple[str, str]:
    return "-c", PREAMBLE + textwrap.dedent(body)


def run(device: FakeV4L2, body: str) -> dict:
    """Run a program that ends with one `say`; nothing may be on its standard error."""
    ended = device.run(*program(body))
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr == ""
    return json.loads(ended.stdout.splitlines()[-1])


def error(device: FakeV4L2, body: str = "make().open()") -> str:
    """Run a program that must end with a CameraError; return its message."""
    caught = (
        f"try:\n    {body}\nexcept CameraError as error:\n    say(error=str(error))\nelse:\n    say(error='')"
    )
    message = run(device, caught)["error"]
    assert message
    return message


def start(device: FakeV4L2, body: str) -> subprocess.Popen[str]:
    return device.start(*program(body))


def tell(process: subprocess.Popen[str], word: str = "go") -> None:
    assert process.stdin is not None
    process.stdin.write(word + "\n")
    process.stdin.flush()


def finish(process: subprocess.Popen[str]) -> list[str]:
    output, errors = process.communicate(timeout=100)
    assert process.returncode == 0, errors
    assert errors == ""
    return output.splitlines()


READ_ONE = """
camera = make({arguments})
camera.open()
frame = camera.read()
say(description=camera.description, shape=frame.image.shape, file=frame.file,
    red=frame.image[10, 10].tolist(), grey=frame.image[-10, -10].tolist())
camera.close()
"""


def test_opencv_itself_sees_the_camera(v4l2_device: FakeV4L2) -> None:
    facts = run(
        v4l2_device,
        "import cv2\ncapture = cv2.VideoCapture(0)\nok, image = capture.read()\n"
        "say(backend=capture.getBackendName(), ok=ok, shape=image.shape)",
    )
    assert facts == {"backend": "V4L2", "ok": True, "shape": [480, 640, 3]}


@pytest.mark.parametrize("pixel_format", ["YUYV", "UYVY", "NV12", "YU12", "MJPG", "RGB3", "BGR3"])
def test_each_format_gives_right_colours(pixel_format: str, v4l2_device: FakeV4L2) -> None:
    v4l2_device.offer((pixel_format, 640, 480))
    facts = run(v4l2_device, READ_ONE.format(arguments=""))
    assert facts["description"] == f"/dev/video0 (Test Camera), 640x480 {pixel_format}, 30 fps"
    assert facts["shape"] == [480, 640, 3]
    assert facts["file"] is None
    assert max(abs(a - b) for a, b in zip(facts["red"], RED_BGR, strict=True)) <= 8
    assert max(facts["grey"]) - min(facts["grey"]) <= 2
    assert any(abs(facts["grey"][0] - level(n)) <= 2 for n in range(FRAMES))


@pytest.mark.parametrize(
    ("offered", "arguments", "chosen"),
    [
        # OpenCV alone would take BGR3, and hand out rows of bytes.
        ((("BGR3", 640, 480), ("YUYV", 640, 480)), "", "640x480 YUYV"),
        ((("YUYV", 1280, 720), ("MJPG", 1280, 720)), "width=1280, height=720", "1280x720 MJPG"),
        ((("MJPG", 640, 480), ("YUYV", 640, 480), ("YUYV", 320, 240)), "width=320", "320x240 YUYV"),
        ((("YUYV", 640, 480), ("YUYV", 320, 240)), "height=240", "320x240 YUYV"),
    ],
)
def test_the_format_suits_the_size(
    offered: tuple[tuple[str, int, int], ...], arguments: str, chosen: str, v4l2_device: FakeV4L2
) -> None:
    v4l2_device.offer(*offered)
    assert chosen in run(v4l2_device, READ_ONE.format(arguments=arguments))["description"]


def test_a_format_whose_frames_are_broken_is_passed_over(v4l2_device: FakeV4L2) -> None:
    v4l2_device.offer(("MJPG", 1280, 720), ("YUYV", 1280, 720))
    (v4l2_device.folder / "MJPG-1280x720").write_bytes(b"\x0b\0\0\0not a JPEG.")
    patience = "v4l2._FIRST_FRAME_NS = 3 * 10**8"
    facts = run(v4l2_device, patience + READ_ONE.format(arguments="width=1280, height=720"))
    assert "1280x720 YUYV" in facts["description"]


def test_another_size_than_asked_is_logged(v4l2_device: FakeV4L2) -> None:
    facts = run(
        v4l2_device,
        """
        records = []
        class Keep(logging.Handler):
            def emit(self, record): records.append((record.levelname, record.getMessage()))
        logging.getLogger("edge_mbv2").addHandler(Keep())
        camera = make(width=1280, height=720, framerate=30.0)
        camera.open()
        say(records=records, shape=camera.read().image.shape)
        """,
    )
    assert facts["shape"] == [480, 640, 3]
    assert facts["records"] == [
        [
            "WARNING",
            "front: /dev/video0 can't do width 1280, height 720, it delivers 640x480 YUYV, 30 fps",
        ]
    ]


def test_a_late_reader_finds_two_old_frames_at_most(v4l2_device: FakeV4L2) -> None:
    v4l2_device.change(framerate=10)
    facts = run(
        v4l2_device,
        """
        import time
        camera = make()
        camera.open()
        camera.read()
        time.sleep(1)
        say(numbers=[number(camera.read()) for _ in range(3)])
        """,
    )
    _, second, third = facts["numbers"]
    assert (third - second) % FRAMES >= 5


def test_no_frame_is_lost_while_another_is_read(v4l2_device: FakeV4L2) -> None:
    v4l2_device.change(framerate=10)
    facts = run(
        v4l2_device,
        """
        camera = make()
        camera.open()
        say(numbers=[number(camera.read()) for _ in range(12)])
        """,
    )
    steps = [(b - a) % FRAMES for a, b in itertools.pairwise(facts["numbers"])]
    # A busy machine may lose some; with too few buffers every second frame is lost.
    assert steps.count(1) > len(steps) // 2


def test_an_unplugged_camera_is_an_error_and_opens_again_when_it_is_back(v4l2_device: FakeV4L2) -> None:
    process = start(
        v4l2_device,
        """
        camera = make()
        camera.open()
        camera.read()
        ask_test("streaming")
        try:
            while True: camera.read()
        except CameraError as error:
            print(error)
        camera.close()
        try:
            camera.open()
        except CameraError as error:
            print(error)
        ask_test("gone")
        camera.open()
        print(camera.read().sequence > 0)
        camera.close()
        """,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "streaming\n"
    v4l2_device.unplug()
    tell(process)
    assert "/dev/video0 was unplugged" in process.stdout.readline()
    assert "no camera at /dev/video0" in process.stdout.readline()
    assert process.stdout.readline() == "gone\n"
    v4l2_device.replug()
    tell(process)
    assert finish(process) == ["True"]


@pytest.mark.parametrize("state", ["stall", "garbage"])
def test_a_camera_that_delivers_nothing_usable_is_an_error(state: str, v4l2_device: FakeV4L2) -> None:
    v4l2_device.offer(("MJPG", 640, 480))
    v4l2_device.change(framerate=30)
    process = start(
        v4l2_device,
        """
        camera = make()
        camera.open()
        camera.read()
        ask_test("streaming")
        v4l2._STALL_NS = 10**9
        try:
            while True: camera.read()
        except CameraError as error:
            print(error)
        camera.close()
        """,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "streaming\n"
    v4l2_device.change(state=state)
    tell(process)
    (line,) = finish(process)
    assert "no usable frame for 1 s from /dev/video0" in line


CAPTURE = """
import time
from edge_mbv2.cameras.protocol import Patience
from edge_mbv2.pipeline import capture as capture_module
from edge_mbv2.pipeline.capture import Capture, Recovery
from edge_mbv2.pipeline.metrics import Metrics
from edge_mbv2.pipeline.stage import StageThread
logging.disable()
v4l2._STALL_NS = 3 * 10**9
capture_module._GRACE_S = 0.1
frames = []
class Keep:
    def put(self, frame, source): frames.append(frame)
metrics = Metrics(["front"])
patience = Patience(open_s=100, read_s=1.5, longest_wait_s=0.2)
capture = Capture(make(), Keep(), metrics, recovery=Recovery(make, patience, SystemClock()))
thread = StageThread(capture, print)
def until(state, count=0):
    while capture.state != state or len(frames) < count:
        time.sleep(0.005)
def leave():
    capture.interrupt()
    thread.join(60)
    numbers = [frame.sequence for frame in frames]
    print(numbers == list(range(len(frames))), metrics.snapshot("front")["reconnects"])
thread.start()
until("streaming", 3)
"""


def test_a_driver_that_blocks_is_left_and_its_device_taken_again(v4l2_device: FakeV4L2) -> None:
    """No call returns while it lasts: the reader hangs, and so does the first that comes after it."""
    v4l2_device.change(framerate=30)
    process = start(
        v4l2_device,
        CAPTURE
        + """
import os
files = len(os.listdir("/proc/self/fd"))
ask_test("streaming")
until("opening")
ask_test(capture.reason)
before = len(frames)
until("streaming", before + 3)
while len(os.listdir("/proc/self/fd")) > files or threading.active_count() > 3:
    time.sleep(0.01)
leave()
""",
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "streaming\n"
    v4l2_device.change(state="blocked")
    tell(process)
    reason = process.stdout.readline()
    assert "no usable frame for 1.5 s; its driver hangs" in reason
    v4l2_device.change(state="normal")
    tell(process)
    assert finish(process) == ["None", "True 1"]


def test_frames_of_another_size_lead_to_another_agreement(v4l2_device: FakeV4L2) -> None:
    v4l2_device.offer(("MJPG", 640, 480))
    v4l2_device.offer_resized("MJPG", 640, 480, (320, 240))
    v4l2_device.change(framerate=30)
    process = start(
        v4l2_device,
        CAPTURE
        + """
ask_test("streaming")
while not metrics.snapshot("front")["reconnects"]:
    time.sleep(0.005)
until("streaming", len(frames) + 3)
print(frames[0].image.shape, frames[-1].image.shape)
leave()
""",
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "streaming\n"
    v4l2_device.offer(("MJPG", 320, 240))
    v4l2_device.change(state="resized")
    tell(process)
    assert finish(process) == ["(480, 640, 3) (240, 320, 3)", "None", "True 1"]


def test_a_short_stall_is_waited_out(v4l2_device: FakeV4L2) -> None:
    process = start(
        v4l2_device,
        """
        camera = make()
        camera.open()
        ask_test("streaming")
        threading.Timer(1.2, print, ["waiting"], {"flush": True}).start()
        print(camera.read().sequence)
        """,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "streaming\n"
    v4l2_device.change(state="stall")
    tell(process)
    assert process.stdout.readline() == "waiting\n"
    v4l2_device.change(state="normal")
    assert finish(process) == ["0"]


@pytest.mark.parametrize("when", ["reading", "opening"])
def test_an_interruption_ends_the_wait_for_a_stalled_camera(when: str, v4l2_device: FakeV4L2) -> None:
    process = start(
        v4l2_device,
        f"""
        v4l2._FIRST_FRAME_NS = v4l2._STALL_NS = 3600 * 10**9
        camera = make()
        if {when == "reading"}: camera.open()
        ask_test("ready")
        threading.Timer(0.3, camera.interrupt).start()
        if {when == "opening"}: camera.open()
        print(camera.read())
        camera.close()
        """,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    v4l2_device.change(state="stall")
    tell(process)
    assert finish(process)[-1] == "None"


def test_a_missing_camera_is_named_with_what_is_there(v4l2_device: FakeV4L2) -> None:
    message = error(v4l2_device, "make('7').open()")
    assert message == (
        "no camera at /dev/video7 (asked for: 7); found /dev/video0 (Test Camera); --camera demo needs none"
    )
    v4l2_device.unplug()
    message = error(v4l2_device)
    assert "no camera at /dev/video0" in message
    assert "there is no V4L2 camera on this machine" in message
    assert "--camera demo" in message


@pytest.mark.parametrize(
    ("change", "message"),
    [({"state": "busy"}, "in use by another program"), ({"state": "denied"}, "group video")],
)
def test_what_hinders_is_said(change: dict[str, object], message: str, v4l2_device: FakeV4L2) -> None:
    v4l2_device.change(**change)
    assert message in error(v4l2_device)


def test_what_is_no_camera_is_said(v4l2_device: FakeV4L2) -> None:
    assert "is not a V4L2 camera" in error(v4l2_device, "make('/dev/null').open()")
    v4l2_device.offer(("GREY", 640, 480))
    description = v4l2_device.folder / "description"
    description.write_text(description.read_text().replace("format GREY", "format H264"))
    assert "offers only H264; one of YUYV" in error(v4l2_device)
    description.write_text(description.read_text().replace("format H264", "nothing"))
    assert "captures nothing" in error(v4l2_device)


BY_ID = """
import os, tempfile
v4l2_node.BY_ID = tempfile.mkdtemp()
for name in {names}:
    os.symlink("/dev/video0", os.path.join(v4l2_node.BY_ID, name))
"""


def test_a_usb_camera_is_found_by_its_name(v4l2_device: FakeV4L2) -> None:
    names = BY_ID.format(names=["usb-046d_C920_AB12-video-index0", "usb-Other_Cam_7-video-index0"])
    for source in ("usb:C920", "usb:046d_C920_AB12", "usb:usb-046d_C920_AB12-video-index0"):
        facts = run(v4l2_device, names + READ_ONE.format(arguments=repr(source)))
        assert "/dev/video0 (Test Camera)" in facts["description"]
    assert (
        "usb:video fits usb-046d_C920_AB12-video-index0, usb-Other_Cam_7"
        in run(
            v4l2_device,
            names
            + "try:\n    make('usb:video').open()\nexcept CameraError as error:\n    say(error=str(error))",
        )["error"]
    )
    assert (
        "usb:C930 is not there; found /dev/video0"
        in run(
            v4l2_device,
            names
            + "try:\n    make('usb:C930').open()\nexcept CameraError as error:\n    say(error=str(error))",
        )["error"]
    )


def test_a_number_that_is_gone_names_the_camera_that_keeps_its_name(v4l2_device: FakeV4L2) -> None:
    v4l2_device.change(path="/dev/video2")
    by_id = f"v4l2_node.BY_ID = {str(v4l2_device.by_id)!r}\n"
    message = run(
        v4l2_device,
        by_id + "try:\n    make().open()\nexcept CameraError as error:\n    say(error=str(error))",
    )["error"]
    assert message == (
        "no camera at /dev/video0 (asked for: 0); found /dev/video2 (Test Camera, under any number "
        "usb:Test_Camera_1234); --camera demo needs none"
    )


def test_the_path_of_a_link_is_followed(v4l2_device: FakeV4L2) -> None:
    link = v4l2_device.folder / "usb-Test-video-index0"
    link.symlink_to("/dev/video0")
    facts = run(
        v4l2_device,
        f"""
        camera = v4l2.V4L2Camera({str(link)!r}, name="front", settings=CameraSettings(), clock=SystemClock())
        camera.open()
        say(shape=camera.read().image.shape)
        """,
    )
    assert facts["shape"] == [480, 640, 3]


def test_cameras_are_listed(v4l2_device: FakeV4L2) -> None:
    v4l2_device.change(framerate=30, path="/dev/video4")
    v4l2_device.offer(("YUYV", 640, 480), ("YUYV", 320, 240), ("MJPG", 1280, 720))
    names = BY_ID.format(names=["usb-046d_C920_AB12-video-index0"]).replace("video0", "video4")
    found = "from dataclasses import asdict\nfound = discover()\n"
    facts = run(
        v4l2_device,
        names + found + "say(cameras=[asdict(one) for one in found], text=str(found[0].modes[0]))",
    )
    camera, demo, synthetic = facts["cameras"]
    assert camera == {
        "source": "/dev/video4",
        "description": "Test Camera",
        "stable_source": "usb:046d_C920_AB12",
        "modes": [
            {"pixel_format": "YUYV", "width": 640, "height": 480, "framerates": [30.0]},
            {"pixel_format": "YUYV", "width": 320, "height": 240, "framerates": [30.0]},
            {"pixel_format": "MJPG", "width": 1280, "height": 720, "framerates": [30.0]},
        ],
        "problem": None,
    }
    assert (demo["source"], synthetic["source"]) == ("demo", "synthetic")
    assert facts["text"] == "YUYV 640x480 at 30 fps"


@pytest.mark.parametrize(
    ("state", "problem"),
    [
        ("busy", "in use by another program"),
        ("denied", "no permission (sudo usermod -aG video $USER, then log in again)"),
    ],
)
def test_listed_cameras_say_why_they_cant_be_used(state: str, problem: str, v4l2_device: FakeV4L2) -> None:
    v4l2_device.change(state=state)
    facts = run(v4l2_device, "say(problems=[c.problem for c in discover()])")
    assert facts["problems"] == [problem, None, None]


def test_a_machine_without_a_camera_lists_what_needs_none(v4l2_device: FakeV4L2) -> None:
    v4l2_device.unplug()
    facts = run(v4l2_device, "say(sources=[c.source for c in discover()])")
    assert facts["sources"] == ["demo", "synthetic"]
