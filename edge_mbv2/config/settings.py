"""What every section of the configuration has in common."""

from __future__ import annotations

from pathlib import Path

from pydantic import BeforeValidator, ValidationInfo, field_validator

from edge_mbv2.config.document import Section, holds_only_numbers, kinds

NAME = r"[a-z0-9][a-z0-9_-]{0,31}"


class Settings(Section):
    """A section of the configuration."""

    @field_validator("*", mode="before")
    @classmethod
    def _plain(cls, value: object, info: ValidationInfo) -> object:
        assert info.field_name is not None
        field = cls.model_fields[info.field_name]
        if isinstance(value, bool) and holds_only_numbers(field.annotation):
            raise ValueError(f"{str(value).lower()}: input should be a number")
        if isinstance(value, str) and not value.isprintable():
            raise ValueError("a character that can't be printed (a line break, a special space)")
        if value == "" and Path in kinds(field.annotation):
            raise ValueError("'': an empty path; name a file or a folder")
        return value


def _nothing_is_empty(section: object) -> object:
    """Take a section that has a key and nothing below it as one that says nothing."""
    return {} if section is None else section


Empty = BeforeValidator(_nothing_is_empty)
