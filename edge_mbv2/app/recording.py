"""What a run tells of itself in its recording."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import edge_mbv2
from edge_mbv2.app.analyser import Analyser
from edge_mbv2.clock import Clock
from edge_mbv2.config import document
from edge_mbv2.config.camera import WATCHED, CameraConfig
from edge_mbv2.config.document import Document
from edge_mbv2.config.schema import Config
from edge_mbv2.config.secrets import masked
from edge_mbv2.errors import MediaError
from edge_mbv2.pipeline.record import Recorder
from edge_mbv2.types import FrameResult

Record = Callable[[FrameResult], Mapping[str, Any]]


def recorder(config: Config, analyser: Analyser, record: Record, clock: Clock) -> Recorder | None:
    """Return the sink that records a run, None where nothing is to be recorded."""
    if config.record.folder is None:
        return None
    header = _header(config, analyser)
    return Recorder(config.record.folder, config.record.max_bytes, header, record, clock)


def configuration(config: Config) -> dict[str, Any]:
    """Return a configuration as a recording has it: plain values, without the passwords in addresses."""
    return {key: _without_secrets(value) for key, value in config.model_dump(mode="json").items()}


def watched(recorded: Mapping[str, Any], names: Sequence[str]) -> dict[str, CameraConfig]:
    """Return what a recorded configuration watches for on those of the cameras that it has.

    Raises:
        MediaError: the recording is damaged, or was made by another version.
    """
    kept = {
        name: {key: value for key, value in camera.items() if key in WATCHED}
        for name in names
        if (camera := _recorded(recorded, name)) is not None
    }
    if not kept:
        return {}
    read = Document("recorded configuration", {"cameras": kept})
    return document.validate(Config, read, MediaError).cameras


def _recorded(recorded: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    """Return all that a recorded configuration says of a camera, None where it has no such camera."""
    cameras = recorded.get("cameras")
    camera = cameras.get(name) if isinstance(cameras, dict) else None
    return camera if isinstance(camera, dict) else None


def _header(config: Config, analyser: Analyser) -> dict[str, Any]:
    manifest = analyser.model.manifest
    return {
        "version": edge_mbv2.__version__,
        "model": {"name": manifest.name, "sha256": manifest.sha256},
        "configuration": configuration(config),
    }


def _without_secrets(value: Any) -> Any:
    """Return a configuration, as plain values, without the passwords in addresses."""
    if isinstance(value, dict):
        return {key: _without_secrets(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_without_secrets(each) for each in value]
    return masked(value) if isinstance(value, str) else value
