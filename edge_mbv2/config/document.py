"""A YAML file held against a schema, with every mistake told at once and by its line."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from edge_mbv2.errors import EdgeError

if TYPE_CHECKING:
    import yaml
    from pydantic_core import ErrorDetails

_MAX_BYTES = 1 << 20

KeyPath = tuple[str | int, ...]
Schema = TypeVar("Schema", bound=BaseModel)


class Section(BaseModel):
    """A mapping in a document: unknown keys are mistakes, and what was read never changes."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


@dataclass(frozen=True, slots=True)
class Document:
    """A mapping, where it was read, and the 1-based line of each of its keys.

    Attributes:
        name: the file, as messages name it.
        values: the mapping, of plain Python values.
        lines: by the path of the key.
    """

    name: str
    values: dict[str, Any]
    lines: dict[KeyPath, int] = field(default_factory=dict)


def read(file: Path, what: str, error: type[EdgeError]) -> Document:
    """Read a YAML file whose top is a mapping; an empty file is an empty one.

    Args:
        file: of at most 1 MiB.
        what: it should be, for the message (``a manifest``).
        error: what to raise.

    Raises:
        error: it can't be read, is not YAML or no mapping, or has a key twice in one mapping.
    """
    import yaml

    try:
        with file.open("rb") as stream:
            data = stream.read(_MAX_BYTES + 1)
    except OSError as exc:
        raise error(f"{file}: {exc.strerror}; expected {what}") from exc
    if len(data) > _MAX_BYTES:
        raise error(f"{file}: larger than {_MAX_BYTES} bytes; expected {what}")
    try:
        loader = yaml.SafeLoader(data)
        node = loader.get_single_node()
        values = None if node is None else loader.construct_document(node)
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError) as exc:
        mark = getattr(exc, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        problem = getattr(exc, "problem", None) or str(exc).split("\n")[0]
        raise error(f"{file}{line}: not valid YAML: {problem}; expected {what}") from exc
    if node is None or values is None:
        return Document(str(file), {})
    if not isinstance(values, dict):
        raise error(f"{file}:1: {_shown(values)}; expected {what}, which begins with keys")
    lines: dict[KeyPath, int] = {}
    twice = list(_note_lines(node, (), lines))
    if twice:
        raise error("\n".join(f"{file}{mistake}" for mistake in twice))
    return Document(str(file), values, lines)


def validate(schema: type[Schema], document: Document, error: type[EdgeError]) -> Schema:
    """Hold a document against a schema.

    Raises:
        error: with a line for each mistake: file, line, path, value, what was expected.
    """
    try:
        return schema.model_validate(document.values)
    except ValidationError as exc:
        mistakes = sorted(
            (_mistake(each, schema, document.lines) for each in exc.errors()), key=lambda m: m[0]
        )
        raise error("\n".join(f"{document.name}{text}" for _, text in mistakes)) from None


def _note_lines(node: yaml.Node, path: KeyPath, lines: dict[KeyPath, int]) -> Iterator[str]:
    """Fill ``lines`` and yield a mistake for each key that stands twice in one mapping."""
    import yaml

    if not isinstance(node, yaml.MappingNode):
        return
    for key_node, value_node in node.value:
        below = (*path, str(key_node.value))
        line = key_node.start_mark.line + 1
        if below in lines:
            yield f":{line}: {_dotted(below)}: stands twice, first in line {lines[below]}"
            continue
        lines[below] = line
        yield from _note_lines(value_node, below, lines)


def _mistake(each: ErrorDetails, schema: type[BaseModel], lines: dict[KeyPath, int]) -> tuple[int, str]:
    path = tuple(part for part in each["loc"] if part != "[key]")
    line = next((lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in lines), 0)
    if each["type"] == "extra_forbidden":
        told = f"unknown key{_suggestion(path, schema)}"
    elif each["type"] == "missing":
        told = "missing"
    elif each["type"] == "value_error":
        told = str(each["ctx"]["error"])
    else:
        told = f"{_shown(each['input'])}: {each['msg'][0].lower()}{each['msg'][1:]}"
    at = f":{line}" if line else ""
    dotted = f" {_dotted(path)}:" if path else ""
    return line, f"{at}:{dotted} {told}"


def _suggestion(path: KeyPath, schema: type[BaseModel]) -> str:
    """Say which key of the same section was probably meant, or which there are."""
    for part in path[:-1]:
        if part in schema.model_fields:
            schema = _section(schema.model_fields[str(part)].annotation) or schema
    known = [each.alias or name for name, each in schema.model_fields.items()]
    close = difflib.get_close_matches(str(path[-1]), known, n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; expected one of {', '.join(known)}"


def _section(kind: Any) -> type[BaseModel] | None:
    """Return the section inside an annotation such as ``dict[str, CameraConfig]`` or ``Licence | None``."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return kind
    return next(filter(None, map(_section, get_args(kind))), None)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _dotted(path: KeyPath) -> str:
    return ".".join(str(part) for part in path)
