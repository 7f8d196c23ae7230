"""Finds the device node that a ``--camera`` value means, or says what is wrong with it."""

from __future__ import annotations

import errno

from edge_mbv2.cameras import v4l2_node
from edge_mbv2.cameras.discover import short_name, what_is_there
from edge_mbv2.errors import CameraError


def find(target: str) -> v4l2_node.Node:
    """Return the node that a target means.

    Args:
        target: number or path of a node, path of a link to one, or ``usb:`` and a part of one name
            in ``/dev/v4l/by-id``.

    Raises:
        CameraError: it is not there, forbidden, in use, or no camera.
    """
    path = _path(target)
    try:
        node = v4l2_node.query(path)
        if not node.pixel_formats:
            raise CameraError(
                f"{target} ({node.card}) is not a camera: it captures nothing; {what_is_there()}"
            )
        if not v4l2_node.is_busy(path):
            return node
    except OSError as exc:
        raise CameraError(_explain(target, path, exc)) from exc
    raise CameraError(_busy(target, path))


def _path(target: str) -> str:
    if target.isdecimal():
        return f"/dev/video{int(target)}"
    return _usb_path(target) if target.startswith("usb:") else target


def _usb_path(target: str) -> str:
    wanted = target.removeprefix("usb:")
    names = v4l2_node.by_id()
    matching = [name for name in names if wanted in (name, short_name(name))] or [
        name for name in names if wanted in name and _captures(names[name])
    ]
    if len(matching) == 1:
        return names[matching[0]]
    problem = (
        f"fits {', '.join(matching)}: say more of the name"
        if matching
        else f"is not there; {what_is_there()}"
    )
    raise CameraError(f"camera {target} {problem}")


def _captures(path: str) -> bool:
    """Tell whether a node is more than the metadata beside a camera's pictures."""
    try:
        return bool(v4l2_node.query(path).pixel_formats)
    except OSError:
        return True  # the reason is told once it is chosen


def _explain(target: str, path: str, exc: OSError) -> str:
    if exc.errno in (errno.EACCES, errno.EPERM):
        return (
            f"no permission to use camera {target} ({path}): add yourself to the group video "
            "(sudo usermod -aG video $USER) and log in again"
        )
    if exc.errno == errno.EBUSY:
        return _busy(target, path)
    if exc.errno in (errno.ENOENT, errno.ENODEV, errno.ENXIO):
        asked = f" (asked for: {target})" if target != path else ""
        return f"no camera at {path}{asked}; {what_is_there()}"
    return f"{target} is not a V4L2 camera ({exc.strerror}); {what_is_there()}"


def _busy(target: str, path: str) -> str:
    return f"camera {target} is in use by another program: close that first (fuser -v {path} names it)"
