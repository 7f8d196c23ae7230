"""Raspberry Pi cameras, on a stand-in whose signatures are held against the real package's source."""

from __future__ import annotations

import ast
import inspect
import os
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from edge_mbv2.cameras import CameraSettings, create, discover, picamera2, picamera2_library
from edge_mbv2.cameras.picamera2 import PiCamera
from edge_mbv2.clock import SystemClock
from edge_mbv2.errors import CameraError


def make(source: str = "pi:0", **settings: object) -> PiCamera:
    camera = create(source, name="front", settings=CameraSettings(**settings), clock=SystemClock())
    assert isinstance(camera, PiCamera)
    return camera


def read_on(camera: PiCamera) -> None:
    while camera.read() is not None:
        pass


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


# --- what it delivers ------------------------------------------------------------------------------


def test_colours_are_blue_green_red(raspberry: ModuleType) -> None:
    camera = make()
    camera.open()
    frame = camera.read()
    camera.close()
    assert frame is not None
    assert frame.image.shape == (480, 640, 3)
    assert np.array_equal(frame.image[0, 0], raspberry.PICTURE[0, 0])
    assert camera.description == "pi:0 (imx708), 640x480"


@pytest.mark.parametrize(
    ("settings", "sensor_flips"),
    [
        ({}, (False, False)),
        ({"hflip": True}, (True, False)),
        ({"rotation": 180}, (True, True)),
        ({"rotation": 180, "vflip": True}, (True, False)),
        ({"rotation": 90, "hflip": True}, (False, False)),  # made by us, as it needs both
    ],
)
def test_the_sensor_turns_what_it_can(
    settings: dict[str, object], sensor_flips: tuple[bool, bool], raspberry: ModuleType
) -> None:
    camera = make(**settings)
    camera.open()
    transform = raspberry.Picamera2.opened[0].camera_config["transform"]
    camera.close()
    assert (transform.hflip, transform.vflip) == sensor_flips


def test_size_and_rate_are_asked_for(raspberry: ModuleType) -> None:
    camera = make(width=1281, height=720, framerate=15.0)
    camera.open()
    config = raspberry.Picamera2.opened[0].camera_config
    camera.close()
    assert config["controls"]["FrameDurationLimits"] == (66667, 66667)
    assert camera.description == "pi:0 (imx708), 1280x720, 15 fps"  # even sides only


def test_times_are_the_sensors_where_they_are_on_our_clock(raspberry: ModuleType) -> None:
    camera = make()
    for kind in ("monotonic", "none", "long ago"):
        raspberry.TROUBLE["timestamps"] = kind
        camera.open()
        before_ns = time.monotonic_ns()
        first, second = camera.read(), camera.read()
        camera.close()
        assert first is not None
        assert second is not None
        assert before_ns - 10**9 < first.timestamp_ns < second.timestamp_ns <= time.monotonic_ns()


# --- when it fails ---------------------------------------------------------------------------------


def test_a_capture_that_hangs_is_noticed_and_leaves_nothing_behind(
    raspberry: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, threads = descriptors(), threading.active_count()
    camera = make()
    camera.open()
    assert camera.read() is not None
    raspberry.TROUBLE["frames"] = False
    with monkeypatch.context() as impatient:
        for name, value in (("_FIRST_FRAME_S", 0.2), ("_STALL_S", 0.2), ("_LOOK_S", 0.05)):
            impatient.setattr(picamera2, name, value)
        with pytest.raises(CameraError, match=r"camera pi:0: no frame for 0\.2 s; check its ribbon cable"):
            read_on(camera)
        camera.close()
        with pytest.raises(CameraError, match="no frame"):
            camera.open()
    assert raspberry.Picamera2.opened == []
    assert descriptors() <= files
    assert threading.active_count() <= threads
    raspberry.TROUBLE["frames"] = True
    camera.open()
    frame = camera.read()
    camera.close()
    assert frame is not None
    assert frame.sequence > 0


def test_an_interruption_ends_a_capture_that_hangs(raspberry: ModuleType) -> None:
    camera = make()
    camera.open()
    raspberry.TROUBLE["frames"] = False
    threading.Timer(0.2, camera.interrupt).start()
    read_on(camera)
    camera.close()


def test_a_camera_in_use_leaks_nothing_however_often_it_is_tried(raspberry: ModuleType) -> None:
    files = descriptors()
    raspberry.TROUBLE["busy"] = True
    for _ in range(20):
        with pytest.raises(CameraError, match=r"camera pi:0 can't be opened: .*Device or resource busy"):
            make().open()
    assert descriptors() <= files


def test_a_missing_camera_is_named_with_what_is_there(raspberry: ModuleType) -> None:
    with pytest.raises(CameraError, match=r"no camera pi:1; libcamera finds pi:0 \(imx708\)"):
        make("pi:1").open()
    raspberry.FOUND.clear()
    with pytest.raises(CameraError, match="libcamera finds none: check the ribbon cable"):
        make().open()


# --- finding it ------------------------------------------------------------------------------------


def test_cameras_on_the_board_are_listed(raspberry: ModuleType) -> None:
    raspberry.FOUND.append({"Model": "C920", "Id": "/base/scb/pcie@0/usb@1/1-1.2", "Num": 1})
    found = [camera for camera in discover() if camera.source.startswith("pi:")]
    assert [(camera.source, camera.description) for camera in found] == [
        ("pi:0", "imx708 (Raspberry Pi camera)")
    ]


@pytest.mark.parametrize(
    ("installed", "in_venv", "sees_system", "message"),
    [
        (False, False, True, "picamera2 is not installed; on Raspberry Pi OS: sudo apt install"),
        (False, True, False, "and make the virtualenv with python3 -m venv --system-site-packages"),
        (True, True, False, "does not see the system's packages: make it anew with python3 -m venv --system"),
        (True, True, True, "is another: use /usr/bin/python3 -m venv --system-site-packages"),
    ],
)
def test_why_picamera2_can_not_be_had(
    installed: bool,
    in_venv: bool,
    sees_system: bool,
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(picamera2_library, "_SYSTEM", tmp_path if installed else tmp_path / "absent")
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.setattr(sys, "base_prefix", "/usr" if in_venv else str(tmp_path))
    (tmp_path / "pyvenv.cfg").write_text(f"include-system-site-packages = {str(sees_system).lower()}\n")
    monkeypatch.setitem(sys.modules, "picamera2", None)
    with pytest.raises(CameraError) as caught:
        make().open()
    assert message in str(caught.value)
    assert not any(camera.source.startswith("pi:") for camera in discover())


def test_a_numpy_of_another_age_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "picamera2.py").write_text("raise ValueError('numpy.dtype size changed')")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(CameraError, match=r"does not load \(numpy.dtype size changed\).*holds a NumPy"):
        make().open()


# --- the stand-in is what it stands for -------------------------------------------------------------


@pytest.fixture(scope="module")
def real_sources(request: pytest.FixtureRequest) -> dict[str, ast.Module]:
    """The real package's modules, fetched once without what it depends on."""
    assert request.config.cache is not None
    folder = request.config.cache.mkdir("picamera2")
    if not list(folder.glob("*.whl")):
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:"]
        done = subprocess.run(
            [*command, "--dest", str(folder), "picamera2>=0.3.30"],
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        if done.returncode:
            pytest.skip(f"picamera2's source can't be had from the registry: {done.stderr.strip()[-200:]}")
    wheel = max(folder.glob("*.whl"))
    with zipfile.ZipFile(wheel) as archive:
        return {
            name: ast.parse(archive.read(f"picamera2/{name}.py")) for name in ("picamera2", "request", "job")
        }


@pytest.mark.parametrize(
    ("class_name", "module"),
    [("Picamera2", "picamera2"), ("CompletedRequest", "request"), ("Job", "job")],
)
def test_the_stand_in_has_the_real_signatures(
    class_name: str, module: str, real_sources: dict[str, ast.Module], raspberry: ModuleType
) -> None:
    (real,) = (
        node
        for node in ast.walk(real_sources[module])
        if isinstance(node, ast.ClassDef) and node.name == class_name
    )
    # The last of a name: those before it are overloads for type checkers.
    methods = {node.name: node for node in real.body if isinstance(node, ast.FunctionDef)}
    for name, fake in vars(getattr(raspberry, class_name)).items():
        if name.startswith("_") and name != "__init__":
            continue
        function = fake.fget if isinstance(fake, property) else getattr(fake, "__func__", fake)
        if not inspect.isfunction(function):
            continue
        assert parameters_of_source(methods[name]) == parameters(function), f"{class_name}.{name}"


def parameters(function: object) -> list[tuple[str, object]]:
    """Return each parameter's name and its default where that is a plain value."""
    return [
        (name, "none" if each.default is each.empty else plain(each.default))
        for name, each in inspect.signature(function).parameters.items()  # type: ignore[arg-type]
    ]


def parameters_of_source(node: ast.FunctionDef) -> list[tuple[str, object]]:
    names = [argument.arg for argument in node.args.args]
    defaults: list[object] = ["none"] * (len(names) - len(node.args.defaults))
    for default in node.args.defaults:
        try:
            defaults.append(plain(ast.literal_eval(default)))
        except ValueError:
            defaults.append("an object")
    return list(zip(names, defaults, strict=True))


def plain(default: object) -> object:
    return repr(default) if isinstance(default, None | bool | int | str | dict) else "an object"


def test_the_real_package_is_what_the_stand_in_relies_on(real_sources: dict[str, ast.Module]) -> None:
    source = {name: ast.unparse(module) for name, module in real_sources.items()}
    assert "os.pipe2(os.O_NONBLOCK)" in source["picamera2"]
    for attribute in ("notifymeread", "notifyme_w", "camera_config", "_job_list"):
        assert f"self.{attribute}" in source["picamera2"]
    assert "'FrameDurationLimits'" in source["picamera2"]
    assert "('BGR888', 'RGB888')" in source["request"]
    assert "result(timeout=timeout)" in source["job"]
