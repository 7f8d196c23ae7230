"""The watchdog's ping tells the truth."""

import socket
from dataclasses import dataclass
from pathlib import Path

from edge_mbv2.service.notify import Notifier
from edge_mbv2.service.watchdog import Watchdog


@dataclass
class Stage:
    name: str
    steps: int = 0
    idle: str | None = None


def test_only_a_stage_that_should_step_and_does_not_is_stuck() -> None:
    capture, analyse = Stage("capture"), Stage("analyse")
    stages = [capture, analyse]
    watchdog = Watchdog(Notifier({}), lambda: stages, str)
    assert watchdog.check() == []
    assert watchdog.check() == ["capture", "analyse"]
    capture.steps += 1
    analyse.idle = "still scene"
    assert watchdog.check() == []
    assert watchdog.check() == ["capture"]
    analyse.idle = None
    assert watchdog.check() == ["capture", "analyse"]
    capture.steps += 1
    analyse.steps += 1
    assert watchdog.check() == []
    stages[0] = Stage("another capture", steps=capture.steps)
    analyse.steps += 1
    assert watchdog.check() == [], "a stage that came later is given its time"
    analyse.steps += 1
    assert watchdog.check() == ["another capture"]


def test_pings_stop_while_a_stage_hangs_and_come_back(tmp_path: Path) -> None:
    name = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(name)
        receiver.settimeout(60)
        stage = Stage("capture camera")
        notifier = Notifier({"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "40000"})
        watchdog = Watchdog(notifier, lambda: [stage], lambda: "camera 12.4 fps")
        watchdog.start()
        try:
            assert receiver.recv(4096) == b"WATCHDOG=1"
            assert receiver.recv(4096) == b"STATUS=camera 12.4 fps"
            while receiver.recv(4096) != b"STATUS=stuck: capture camera":
                pass
            for _ in range(5):  # no ping among what follows
                assert receiver.recv(4096) == b"STATUS=stuck: capture camera"
            stage.idle = "camera being reopened"
            while receiver.recv(4096) != b"WATCHDOG=1":
                pass
        finally:
            watchdog.stop()
