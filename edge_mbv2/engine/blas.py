"""Holds NumPy's BLAS to one thread: its own threads wait for each other far longer than they work."""

from __future__ import annotations

import ctypes
import re
from pathlib import Path

_SETTERS = (
    "scipy_openblas_set_num_threads64_",
    "scipy_openblas_set_num_threads",
    "openblas_set_num_threads64_",
    "openblas_set_num_threads",
)


def use_one_thread() -> bool:
    """Tell every OpenBLAS in this process to use one thread; return whether there was one.

    Matrices of the size met here gain nothing from its threads, and on a busy core lose hundreds of
    milliseconds. Workers of the engine's own share the work instead.
    """
    try:
        mapped = Path("/proc/self/maps").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    found = False
    for path in sorted(set(re.findall(r"(/\S*blas\S*\.so\S*)", mapped))):
        try:
            library = ctypes.CDLL(path)
        except OSError:
            continue
        for name in _SETTERS:
            if hasattr(library, name):
                getattr(library, name)(1)
                found = True
    return found
