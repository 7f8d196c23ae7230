"""Says in words why a path can't be written."""

from __future__ import annotations

import errno
from pathlib import Path


def why_not(exc: OSError, path: Path) -> str:
    """Return the reason, and what to do, for a message that names ``path`` before it."""
    match exc.errno:
        case errno.ENOENT:
            return f"there is no folder {path.parent}; create it first"
        case errno.ENOTDIR:
            return "a part of the path is a file, not a folder"
        case errno.EISDIR:
            return "is a folder; name a file in it"
        case errno.ENXIO:
            return "nobody reads this pipe; start its reader first"
        case errno.ENOSPC:
            return "the disk is full"
    return f"can't be written: {exc.strerror}"
