"""Asks the kernel how large the processor's caches are."""

from __future__ import annotations

from pathlib import Path

_UNKNOWN_BYTES = 1 << 20
"""As a Raspberry Pi 4 has, of whose caches older kernels say nothing."""


def largest_cache_bytes(caches: Path = Path("/sys/devices/system/cpu/cpu0/cache")) -> int:
    """Return the size of the largest cache of the first core, perhaps shared with others.

    Source: the Linux kernel's `Documentation/ABI/testing/sysfs-devices-system-cpu`.
    """
    sizes = []
    for cache in caches.glob("index*"):
        try:
            kind, size = ((cache / name).read_text(encoding="ascii").strip() for name in ("type", "size"))
        except OSError:
            continue
        if kind != "Instruction" and size.endswith("K") and size[:-1].isdecimal():
            sizes.append(int(size[:-1]) << 10)
    return max(sizes, default=_UNKNOWN_BYTES)
