"""From a file and overriding values to a `Config`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from edge_mbv2.config import document
from edge_mbv2.config.schema import Config
from edge_mbv2.errors import ConfigError, UsageError


def load(
    file: Path | None = None,
    overrides: Mapping[str, Any] | None = None,
    defaults: Mapping[str, Any] | None = None,
) -> Config:
    """Read the configuration.

    Args:
        file: a YAML file, or None for the defaults alone.
        overrides: values that win over the file's, by dotted path (``"web.port"``); a ``*`` stands for
            the only camera's name.
        defaults: values that win over the schema's defaults only.

    Raises:
        ConfigError: the file can't be read, is not YAML, or any setting is wrong.
        UsageError: a value is for the only camera, and there are several.
    """
    if file:
        settings = document.read(file, "a configuration", ConfigError)
    else:
        settings = document.Document("configuration", {})
    for path, value in (defaults or {}).items():
        if tuple(path.split(".")) not in settings.lines:
            _override(settings.values, path.split("."), value)
    for path, value in (overrides or {}).items():
        _override(settings.values, _settled(path.split("."), settings.values), value)
    return document.validate(Config, settings, ConfigError)


def _settled(path: list[str], values: Mapping[str, Any]) -> list[str]:
    """Put the only camera's name in the place of a ``*``.

    Raises:
        UsageError: there are several.
    """
    if "*" not in path:
        return path
    names = values.get(path[0])
    if isinstance(names, dict) and len(names) > 1:
        raise UsageError(
            f"{path[-1]}: which of the cameras {', '.join(map(str, names))} is meant? "
            f"With several, set {path[0]}.<name>.{path[-1]} in the file"
        )
    only = next(iter(names), "camera") if isinstance(names, dict) else "camera"
    return [only if key == "*" else key for key in path]


def _override(values: dict[str, Any], path: list[str], value: Any) -> None:
    for key in path[:-1]:
        below = values.setdefault(key, {})
        if below is None:
            below = values[key] = {}
        if not isinstance(below, dict):
            return  # the file has something else here: a mistake, which validation names
        values = below
    values[path[-1]] = value
