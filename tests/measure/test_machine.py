"""Machines, as trees of files."""

from pathlib import Path

import numpy as np

from edge_mbv2.measure import machine


def test_a_raspberry_pi(tmp_path: Path) -> None:
    (tmp_path / "proc/device-tree").mkdir(parents=True)
    (tmp_path / "etc").mkdir()
    (tmp_path / "proc/device-tree/model").write_bytes(b"Raspberry Pi 4 Model B Rev 1.4\0")
    (tmp_path / "proc/cpuinfo").write_text(
        "processor\t: 0\nBogoMIPS\t: 108.00\nFeatures\t: fp asimd evtstrm crc32 cpuid\n"
        "CPU implementer\t: 0x41\n\nRevision\t: d03114\nModel\t\t: Raspberry Pi 4 Model B Rev 1.4\n"
    )
    (tmp_path / "proc/meminfo").write_text("MemTotal:        3885396 kB\nMemFree:  1 kB\n")
    (tmp_path / "etc/os-release").write_text('ID=debian\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n')
    found = machine.read(tmp_path)
    assert found.board == "Raspberry Pi 4 Model B Rev 1.4"
    assert found.cpu_features == ("asimd",)
    assert found.memory_mib == 3794
    assert found.system == "Debian GNU/Linux 12 (bookworm)"


def test_a_server(tmp_path: Path) -> None:
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/cpuinfo").write_text(
        "processor\t: 0\nmodel name\t: Some CPU @ 2.0GHz\nflags\t\t: fpu avx avx2 avx512f avx512_vnni\n"
    )
    found = machine.read(tmp_path)
    assert (found.board, found.cpu) == (None, "Some CPU @ 2.0GHz")
    assert found.cpu_features == ("avx2", "avx512f", "avx512_vnni")
    assert found.memory_mib is None


def test_a_system_that_tells_nothing(tmp_path: Path) -> None:
    found = machine.read(tmp_path)
    assert found.cpu
    assert found.cores >= 1
    assert found.versions["NumPy"] == np.__version__
    assert {"Python", "OpenCV"} <= found.versions.keys()
