"""From a file and overriding values to a `Config`."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from edge_mbv2.config import document
from edge_mbv2.config.migrate import MIGRATIONS, Migrations, migrate, rewrite
from edge_mbv2.config.schema import Config
from edge_mbv2.config.secrets import expand_all
from edge_mbv2.errors import ConfigError, UsageError

_log = logging.getLogger(__name__)


class Setting(NamedTuple):
    """A value from elsewhere than the file, and what to call the place (``--port``)."""

    value: Any
    origin: str


def load(
    file: Path | None = None,
    overrides: Mapping[str, Setting] | None = None,
    defaults: Mapping[str, Setting] | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Config:
    """Read the configuration.

    Args:
        file: a YAML file, or None for the defaults alone.
        overrides: values that win over the file's, by dotted path (``"web.port"``); a ``*`` stands for
            the only camera's name.
        defaults: values that win over the schema's defaults only.
        environ: where the references in values are looked up.

    Raises:
        ConfigError: the file can't be read, is not YAML, or any setting is wrong.
        UsageError: only options are wrong, or one is for the only camera, and there are several.
    """
    return effective(file, overrides, defaults, environ)[0]


def effective(
    file: Path | None = None,
    overrides: Mapping[str, Setting] | None = None,
    defaults: Mapping[str, Setting] | None = None,
    environ: Mapping[str, str] = os.environ,
) -> tuple[Config, document.Document]:
    """Read the configuration as `load` does, and return with it where each of its values came from."""
    if file:
        settings = _read(file)
        version = migrate(settings)
        if version is not None:
            _log.warning("%s is of version %d; `edge-mbv2 config migrate` rewrites it", file, version)
    else:
        settings = document.Document("configuration", {})
    for dotted, setting in (defaults or {}).items():
        if tuple(dotted.split(".")) not in settings.lines:
            _override(settings, dotted, setting)
    for dotted, setting in (overrides or {}).items():
        _override(settings, dotted, setting)
    return _complete(settings, environ), settings


def _read(file: Path) -> document.Document:
    """Read a file that says something: an editor that saves in place or a full disk leaves an empty one."""
    settings = document.read(file, "a configuration", ConfigError)
    if not settings.values and not settings.mistakes:
        raise ConfigError(
            f"{file}: is empty, or nothing but comments; expected at least cameras, "
            "such as 'edge-mbv2 config init' writes"
        )
    return settings


def _complete(settings: document.Document, environ: Mapping[str, str]) -> Config:
    """Follow the references in a document, and hold it against the schema."""
    for path, written, problem in expand_all(settings.values, environ):
        settings.written[path] = written
        if problem:
            settings.note(path, f"{written!r}: {problem}")
    try:
        return document.validate(Config, settings, ConfigError)
    except ConfigError as exc:
        origins = [settings.origins.get(mistake.path, "") for mistake in settings.mistakes]
        if all(origin.startswith("--") for origin in origins):
            raise UsageError(str(exc)) from exc
        raise


def upgrade(
    file: Path, environ: Mapping[str, str] = os.environ, migrations: Migrations = MIGRATIONS
) -> Path | None:
    """Rewrite a file of an earlier version of the format in today's.

    Returns:
        Where the file as it was is kept, None if there was nothing to do.

    Raises:
        ConfigError: the file is wrong, or can't be replaced.
    """
    from edge_mbv2.config.yaml_tree import dump

    settings = _read(file)
    version = migrate(settings, migrations)
    text = dump(settings.values) + "\n"
    _complete(settings, environ)
    return None if version is None else rewrite(file, text, version)


def _override(settings: document.Document, dotted: str, setting: Setting) -> None:
    path = _settled(dotted.split("."), settings.values, setting.origin)
    values = settings.values
    for key in path[:-1]:
        below = values.setdefault(key, {})
        if below is None:
            below = values[key] = {}
        if not isinstance(below, dict):
            return  # the file has something else here: a mistake, which validation names
        values = below
    values[path[-1]] = setting.value
    settings.origins[tuple(path)] = setting.origin


def _settled(path: list[str], values: Mapping[str, Any], origin: str) -> list[str]:
    """Put the only camera's name in the place of a ``*``.

    Raises:
        UsageError: there are several.
    """
    if "*" not in path:
        return path
    names = values.get(path[0])
    names = list(names) if isinstance(names, dict) else []
    if len(names) > 1:
        raise UsageError(
            f"{origin}: which of the cameras {', '.join(map(str, names))} is meant? "
            f"With several, set {path[0]}.<name>.{path[-1]} in the file"
        )
    return [(names or ["camera"])[0] if key == "*" else key for key in path]
