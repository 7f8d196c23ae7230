"""From a YAML file and overriding values to a `Config`, with every mistake told at once."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from edge_mbv2.errors import ConfigError

if TYPE_CHECKING:
    import yaml
    from pydantic_core import ErrorDetails

    from edge_mbv2.config.schema import Config

_Path = tuple[str | int, ...]
_MAX_BYTES = 1 << 20


def load(file: Path | None = None, overrides: Mapping[str, Any] | None = None) -> Config:
    """Read the configuration.

    Args:
        file: a YAML file, or None for the defaults alone.
        overrides: values that win over the file's, by dotted path (``"web.port"``); a ``*`` stands for
            the only camera's name.

    Raises:
        ConfigError: the file can't be read, is not YAML, or any setting is wrong; the message has a
            line for each mistake, with the file's line number, the path, the value and what was expected.
    """
    from pydantic import ValidationError

    from edge_mbv2.config.schema import Config

    values, lines = _read(file) if file else ({}, {})
    for path, value in (overrides or {}).items():
        _override(values, path.split("."), value)
    try:
        return Config.model_validate(values)
    except ValidationError as exc:
        mistakes = sorted((_mistake(error, lines) for error in exc.errors()), key=lambda mistake: mistake[0])
        where = str(file) if file else "configuration"
        raise ConfigError("\n".join(f"{where}{text}" for _, text in mistakes)) from None


def _read(file: Path) -> tuple[dict[str, Any], dict[_Path, int]]:
    import yaml

    try:
        data = file.read_bytes()
    except OSError as exc:
        raise ConfigError(f"{file}: {exc.strerror}; expected a YAML configuration file") from exc
    if len(data) > _MAX_BYTES:
        raise ConfigError(f"{file}: {len(data)} bytes; expected a configuration of at most {_MAX_BYTES}")
    try:
        loader = yaml.SafeLoader(data)
        node = loader.get_single_node()
        values = None if node is None else loader.construct_document(node)
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError) as exc:
        mark = getattr(exc, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        problem = getattr(exc, "problem", None) or str(exc).split("\n")[0]
        raise ConfigError(f"{file}{line}: not valid YAML: {problem}") from exc
    if values is None:
        return {}, {}
    if not isinstance(values, dict):
        raise ConfigError(f"{file}:1: expected keys such as 'cameras:' and 'web:', found {_shown(values)}")
    lines: dict[_Path, int] = {}
    _duplicates: list[str] = []
    _note_lines(node, (), lines, _duplicates)
    if _duplicates:
        raise ConfigError("\n".join(f"{file}{text}" for text in _duplicates))
    return values, lines


def _note_lines(node: yaml.Node, path: _Path, lines: dict[_Path, int], duplicates: list[str]) -> None:
    """Record the 1-based line of every key, and the keys that stand twice in one mapping."""
    import yaml

    if not isinstance(node, yaml.MappingNode):
        return
    for key_node, value_node in node.value:
        below = (*path, key_node.value)
        line = key_node.start_mark.line + 1
        if below in lines:
            duplicates.append(f":{line}: {_dotted(below)}: stands twice, first in line {lines[below]}")
            continue
        lines[below] = line
        _note_lines(value_node, below, lines, duplicates)


def _override(values: dict[str, Any], path: list[str], value: Any) -> None:
    for key in path[:-1]:
        if key == "*":
            key = next(iter(values), "camera")
        below = values.get(key)
        if not isinstance(below, dict):
            if below is not None:
                return  # the file has something else here: a mistake that validation names
            below = values[key] = {}
        values = below
    values[path[-1]] = value


def _mistake(error: ErrorDetails, lines: dict[_Path, int]) -> tuple[int, str]:
    path = tuple(part for part in error["loc"] if part != "[key]")
    line = next((lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in lines), 0)
    if error["type"] == "extra_forbidden":
        told = f"unknown key{_suggestion(path)}"
    elif error["type"] == "value_error":
        told = str(error["ctx"]["error"])
    else:
        told = f"{_shown(error['input'])}: {error['msg'][0].lower()}{error['msg'][1:]}"
    at = f":{line}" if line else ""
    dotted = f" {_dotted(path)}:" if path else ""
    return line, f"{at}:{dotted} {told}"


def _suggestion(path: _Path) -> str:
    """Say which key of the same section was probably meant, or which there are."""
    from pydantic import BaseModel

    from edge_mbv2.config.schema import CameraConfig, Config

    section: type[BaseModel] = Config
    for part in path[:-1]:
        if part in section.model_fields:
            kind = section.model_fields[str(part)].annotation
            section = CameraConfig if CameraConfig in get_args(kind) else kind  # type: ignore[assignment]
    known = list(section.model_fields)
    close = difflib.get_close_matches(str(path[-1]), known, n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; expected one of {', '.join(known)}"


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _dotted(path: _Path) -> str:
    return ".".join(str(part) for part in path)
