"""How hot the board is and whether it is held back, where it tells."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_ZONES = "class/thermal"
_FIRMWARE = "devices/platform/soc/soc:firmware/get_throttled"
_PLAUSIBLE_C = (-40.0, 150.0)

_FLAGS = {0: "under-voltage", 1: "frequency capped", 2: "throttled", 3: "soft temperature limit"}
_SINCE_BOOT = 16
"""Bits of the Raspberry Pi's firmware; the same ones higher up say that it happened since the start.

Source: Raspberry Pi documentation, ``vcgencmd get_throttled``.
"""


@dataclass(frozen=True, slots=True)
class Condition:
    """A moment's state.

    Attributes:
        zone: the name of the hottest sensor, None if there is none.
        temperature_c: what it says.
        told: whether the board says anything about throttling.
        now: what holds the processor back.
        since_boot: what did, at some time since the start.
    """

    zone: str | None
    temperature_c: float | None
    told: bool
    now: tuple[str, ...]
    since_boot: tuple[str, ...]


def read(sysfs: Path = Path("/sys"), vcgencmd: str = "vcgencmd") -> Condition:
    """Read sensors and flags; what can't be read is left out.

    Args:
        sysfs: where sysfs is mounted.
        vcgencmd: the firmware's command, asked where the kernel has no file for the flags.
    """
    temperature_c, zone = max(_zones(sysfs), default=(None, None))
    flags = _firmware_flags(sysfs, vcgencmd)
    cooling = dict(_cooling(sysfs))
    now = _names(flags or 0) + tuple(f"slowed by {kind}" for kind, state in cooling.items() if state)
    told = flags is not None or bool(cooling)
    return Condition(zone, temperature_c, told, now, _names((flags or 0) >> _SINCE_BOOT))


def _zones(sysfs: Path) -> Iterator[tuple[float, str]]:
    for zone in sorted((sysfs / _ZONES).glob("thermal_zone*")):
        kind, text = _text(zone / "type"), _text(zone / "temp")
        try:
            temperature_c = int(text or "") / 1000
        except ValueError:
            continue
        if _PLAUSIBLE_C[0] < temperature_c < _PLAUSIBLE_C[1]:
            yield temperature_c, kind or zone.name


def _cooling(sysfs: Path) -> Iterator[tuple[str, int]]:
    """Give the kernel's own means to slow the processor and how far each is in use, the most last."""
    devices = (sysfs / _ZONES).glob("cooling_device*")
    means = [(_text(device / "type") or "", _text(device / "cur_state") or "") for device in devices]
    for kind, state in sorted(means):
        if ("cpu" in kind.lower() or kind == "Processor") and state.isdigit():
            yield kind, int(state)


def _firmware_flags(sysfs: Path, vcgencmd: str) -> int | None:
    text = _text(sysfs / _FIRMWARE)
    if text is None:
        try:
            done = subprocess.run([vcgencmd, "get_throttled"], capture_output=True, text=True, timeout=5)
        except (OSError, subprocess.SubprocessError):
            return None
        text = done.stdout.strip().rpartition("throttled=")[2]
    try:
        return int(text, 16)
    except ValueError:
        return None


def _names(flags: int) -> tuple[str, ...]:
    return tuple(name for bit, name in _FLAGS.items() if flags >> bit & 1)


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip("\0\n ")
    except OSError:
        return None
