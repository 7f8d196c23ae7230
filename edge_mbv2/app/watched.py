"""From the configuration to what is watched for on a camera."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from edge_mbv2.clock import Clock
from edge_mbv2.config.camera import DAYS, CameraConfig, WindowConfig
from edge_mbv2.config.schema import Config
from edge_mbv2.events.rules import Limits, Line, Rules, Zone
from edge_mbv2.events.schedule import Schedule, Window
from edge_mbv2.geometry import Area


def unknown_labels(config: Config, known: Sequence[str]) -> list[str]:
    """Return a line for each label that is watched for on a camera and that the model does not find."""
    mistakes = []
    for name, camera in config.cameras.items():
        places: dict[str, tuple[str, ...]] = {f"objects.{label}": (label,) for label in camera.objects}
        places |= {f"zones.{zone}.labels": each.labels or () for zone, each in camera.zones.items()}
        places |= {f"lines.{line}.labels": each.labels or () for line, each in camera.lines.items()}
        for place, labels in places.items():
            for label in labels:
                if label not in known:
                    close = difflib.get_close_matches(label.lower(), known, n=1)
                    meant = f"; did you mean {close[0]!r}?" if close else f"; it finds {', '.join(known)}"
                    mistakes.append(f"cameras.{name}.{place}: the model finds no {label!r}{meant}")
    return mistakes


def rules(camera: CameraConfig, threshold: float, clock: Clock) -> Rules:
    """Return what is watched for on a camera.

    Args:
        camera: says so.
        threshold: of labels that have none of their own.
        clock: of the run; a recording's own time knows no days of the week.
    """
    windows = tuple(camera.schedule.values()) if clock.has_dates else ()
    return Rules(
        Limits(threshold),
        limits={
            label: Limits(
                threshold if limits.threshold is None else limits.threshold,
                limits.min_width,
                limits.max_width,
                limits.min_height,
                limits.max_height,
            )
            for label, limits in camera.objects.items()
        },
        zones=tuple(
            [
                Zone(name, Area(zone.points), frozenset(zone.labels or ()))
                for name, zone in camera.zones.items()
            ]
        ),
        lines=tuple(
            [
                Line(name, line.start, line.end, frozenset(line.labels or ()))
                for name, line in camera.lines.items()
            ]
        ),
        masks=tuple([Area(mask) for mask in camera.masks or ()]),
        schedule=Schedule(map(_window, windows)) if windows else None,
    )


def _window(window: WindowConfig) -> Window:
    days = frozenset([DAYS.index(day) for day in window.days])
    return Window(days, _minute(window.start), _minute(window.end))


def _minute(time: str) -> int:
    hours, minutes = time.split(":")
    return int(hours) * 60 + int(minutes)
