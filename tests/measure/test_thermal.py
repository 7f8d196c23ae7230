"""Boards that tell how hot they are, as trees of files."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_mbv2.measure import thermal
from edge_mbv2.measure.thermal import Condition

ABSENT = "no-such-command"


def zone(root: Path, number: int, kind: str, temp: str) -> None:
    folder = root / f"class/thermal/thermal_zone{number}"
    folder.mkdir(parents=True)
    (folder / "type").write_text(kind + "\n")
    (folder / "temp").write_text(temp)


def cooling(root: Path, number: int, kind: str, state: str) -> None:
    folder = root / f"class/thermal/cooling_device{number}"
    folder.mkdir(parents=True)
    (folder / "type").write_text(kind + "\n")
    (folder / "cur_state").write_text(state + "\n")


def firmware(root: Path, text: str) -> None:
    path = root / "devices/platform/soc/soc:firmware/get_throttled"
    path.parent.mkdir(parents=True)
    path.write_text(text)


def vcgencmd(folder: Path, says: str, code: int = 0) -> str:
    path = folder / "vcgencmd"
    path.write_text(f"#!/bin/sh\n[ \"$1\" = get_throttled ] && echo '{says}'\nexit {code}\n")
    path.chmod(0o755)
    return str(path)


def test_a_machine_that_tells_nothing(tmp_path: Path) -> None:
    assert thermal.read(tmp_path, ABSENT) == Condition(None, None, False, (), ())


def test_the_hottest_zone(tmp_path: Path) -> None:
    zone(tmp_path, 0, "gpu-thermal", "41000\n")
    zone(tmp_path, 1, "cpu-thermal", "61234\n")
    condition = thermal.read(tmp_path, ABSENT)
    assert (condition.zone, condition.temperature_c) == ("cpu-thermal", 61.234)
    assert not condition.told


@pytest.mark.parametrize("temp", ["", "garbage", "-274000", "2147483647"])
def test_a_sensor_that_tells_nonsense(tmp_path: Path, temp: str) -> None:
    zone(tmp_path, 0, "broken", temp)
    zone(tmp_path, 1, "cpu-thermal", "50000\n")
    (tmp_path / "class/thermal/thermal_zone2").mkdir()
    assert thermal.read(tmp_path, ABSENT).zone == "cpu-thermal"


def test_a_pi_that_is_well(tmp_path: Path) -> None:
    firmware(tmp_path, "0\n")
    condition = thermal.read(tmp_path, ABSENT)
    assert (condition.told, condition.now, condition.since_boot) == (True, (), ())


def test_a_pi_on_a_weak_supply(tmp_path: Path) -> None:
    firmware(tmp_path, "50005\n")
    condition = thermal.read(tmp_path, ABSENT)
    assert condition.now == ("under-voltage", "throttled")
    assert condition.since_boot == ("under-voltage", "throttled")


def test_flags_of_the_past(tmp_path: Path) -> None:
    firmware(tmp_path, "e0000\n")
    condition = thermal.read(tmp_path, ABSENT)
    assert condition.now == ()
    assert condition.since_boot == ("frequency capped", "throttled", "soft temperature limit")


def test_the_firmware_is_asked_where_there_is_no_file(tmp_path: Path) -> None:
    condition = thermal.read(tmp_path / "sys", vcgencmd(tmp_path, "throttled=0x80008"))
    assert condition.now == condition.since_boot == ("soft temperature limit",)


@pytest.mark.parametrize(("says", "code"), [("VCHI initialization failed", 255), ("", 0), ("throttled=", 0)])
def test_a_firmware_that_does_not_answer(tmp_path: Path, says: str, code: int) -> None:
    assert not thermal.read(tmp_path / "sys", vcgencmd(tmp_path, says, code)).told


def test_a_board_that_the_kernel_slows(tmp_path: Path) -> None:
    cooling(tmp_path, 0, "pwm-fan", "3")
    cooling(tmp_path, 1, "cpufreq-cpu0", "0")
    assert thermal.read(tmp_path, ABSENT) == Condition(None, None, True, (), ())
    cooling(tmp_path, 2, "cpufreq-cpu4", "2")
    assert thermal.read(tmp_path, ABSENT).now == ("slowed by cpufreq-cpu4",)


def test_of_many_processors_the_most_slowed_counts(tmp_path: Path) -> None:
    for number, state in enumerate(("0", "3", "0")):
        cooling(tmp_path, number, "Processor", state)
    assert thermal.read(tmp_path, ABSENT).now == ("slowed by Processor",)
