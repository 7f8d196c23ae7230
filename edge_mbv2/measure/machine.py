"""What this machine is."""

from __future__ import annotations

import os
import platform
import re
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import numpy as np

_FEATURES = ("avx2", "avx512f", "avx512_vnni", "avx_vnni", "neon", "asimd", "asimddp", "i8mm")
_LITERT = ("ai-edge-litert", "tflite-runtime")


@dataclass(frozen=True, slots=True)
class Machine:
    """Hardware and software.

    Attributes:
        board: the board's name where its device tree has one.
        cpu: the processor's name.
        cpu_features: those of its features that decide the speed of int8.
        cores: how many this process may use.
        memory_mib: in all, None where the system does not tell.
        system: the distribution.
        kernel: its version and architecture.
        bits: 32 or 64, of this Python.
        versions: of Python and the libraries, by name; LiteRT's is left out where there is none.
    """

    board: str | None
    cpu: str
    cpu_features: tuple[str, ...]
    cores: int
    memory_mib: int | None
    system: str
    kernel: str
    bits: int
    versions: dict[str, str]


def read(root: Path = Path("/")) -> Machine:
    """Look around; what can't be read is left out.

    Args:
        root: where the system's files begin.
    """
    cpuinfo = _text(root / "proc/cpuinfo")
    board = _text(root / "proc/device-tree/model").strip("\0\n ") or None
    flags = set(_field(cpuinfo, "flags|Features").split())
    memory = re.search(r"^MemTotal:\s+(\d+) kB", _text(root / "proc/meminfo"), re.M)
    system = re.search(r'^PRETTY_NAME="?([^"\n]+)', _text(root / "etc/os-release"), re.M)
    return Machine(
        board,
        _field(cpuinfo, "model name|Hardware") or platform.machine(),
        tuple(feature for feature in _FEATURES if feature in flags),
        len(os.sched_getaffinity(0)),
        int(memory[1]) // 1024 if memory else None,
        system[1] if system else platform.system(),
        f"{platform.system()} {platform.release()} {platform.machine()}",
        64 if sys.maxsize > 2**32 else 32,
        _versions(),
    )


def _versions() -> dict[str, str]:
    versions = {"Python": platform.python_version(), "NumPy": np.__version__, "OpenCV": _opencv()}
    for package in _LITERT:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return versions


def _opencv() -> str:
    import cv2

    return str(cv2.__version__)


def _field(cpuinfo: str, names: str) -> str:
    found = re.search(rf"^(?:{names})\s*:\s*(.+)$", cpuinfo, re.M)
    return found[1].strip() if found else ""


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
