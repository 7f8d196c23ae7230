"""Finds what the product ships beside its code: weights, the page, the demo clip, the unit.

In a wheel everything lies below ``edge_mbv2/data``; in a checkout (and with ``pip install -e``)
``weights/`` and ``systemd/`` stay at the top. Nothing else needs to know which of the two it is.
"""

from __future__ import annotations

from pathlib import Path

from edge_mbv2.errors import EdgeError

_PACKAGE = Path(__file__).resolve().parent
_ROOTS = (_PACKAGE / "data", _PACKAGE.parent)


def path(name: str) -> Path:
    """Return where the shipped file or folder ``name`` lies (``"weights/person.tflite"``).

    Raises:
        EdgeError: it is missing, so the installation is damaged.
    """
    for root in _ROOTS:
        candidate = root / name
        if candidate.exists():
            return candidate
    raise EdgeError(
        f"{name} is missing from this installation (looked in {_ROOTS[0]} and {_ROOTS[1]}); "
        "install edge-mbv2 again"
    )
