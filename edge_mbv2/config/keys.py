"""The schema's keys, one after the other, with what there is to say about each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_origin

from pydantic import BaseModel

from edge_mbv2.config.document import kinds, section_of
from edge_mbv2.config.schema import AT_RESTART, Config

NAME = "<name>"
"""Stands in a path for a name that the user chooses."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key of the configuration.

    Attributes:
        path: from the top; `NAME` for any name.
        description: in words.
        kind: which values it takes, in words; empty for a section.
        default: in the schema; None where the program chooses, or where there is none.
        example: a value, for a key without a default.
        is_named: whether it holds sections by names that the user chooses.
        at_restart: whether a running program takes up a change only when it starts again.
    """

    path: tuple[str, ...]
    description: str
    kind: str
    default: Any
    example: Any
    is_named: bool
    at_restart: bool

    @property
    def dotted(self) -> str:
        return ".".join(self.path)


def keys(schema: type[BaseModel] = Config, path: tuple[str, ...] = ()) -> Iterator[Key]:
    """Yield every key, each section before what is in it."""
    properties = schema.model_json_schema()["properties"]
    for name, field in schema.model_fields.items():
        below = (*path, name)
        section = section_of(field.annotation)
        named = section is not None and any(get_origin(kind) is dict for kind in kinds(field.annotation))
        yield Key(
            path=below,
            description=field.description or "",
            kind="" if section else _kind(properties[name]),
            default=None if section or field.default_factory or field.is_required() else field.default,
            example=field.examples[0] if field.examples else None,
            is_named=named,
            at_restart=below[0] in AT_RESTART,
        )
        if section:
            yield from keys(section, (*below, NAME) if named else below)


def _kind(prop: dict[str, Any]) -> str:
    """Return in words what a property of a JSON Schema takes."""
    prop = next((each for each in prop.get("anyOf", ()) if each.get("type") != "null"), prop)
    if "const" in prop:
        return str(prop["const"])
    if "enum" in prop:
        *most, last = map(str, prop["enum"])
        return f"{', '.join(most)} or {last}"
    words = {"boolean": "true or false", "integer": "whole number", "number": "number", "array": "list"}
    word = words.get(str(prop["type"]))
    if word is None:
        return {"path": "path", "password": "secret"}.get(prop.get("format", ""), "text")
    bounds = [
        f"{says} {prop[bound]:g}"
        for bound, says in {
            "minimum": "from",
            "exclusiveMinimum": "above",
            "maximum": "to",
            "exclusiveMaximum": "and below",
        }.items()
        if bound in prop
    ]
    return " ".join([word, *bounds])
