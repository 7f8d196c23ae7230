"""Brings a file of an earlier version of the format to today's."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from edge_mbv2.config.document import Document
from edge_mbv2.errors import ConfigError

Values = dict[str, Any]
Migrations = Mapping[int, Callable[[Values], Values]]

VERSION = 1
"""Of today's format. What says no version is of version 1."""

MIGRATIONS: Migrations = {}
"""By version: makes the values of that version those of the next, leaving alone what is not as expected.
There is no other version yet."""


def migrate(document: Document, migrations: Migrations = MIGRATIONS) -> int | None:
    """Bring a document's values to today's version; lines keep telling where keys stood.

    A version that is none of ours is left for the schema to refuse.

    Returns:
        The version that the document was of, None if it was of today's.

    Raises:
        ConfigError: the document is newer than this program.
    """
    found = document.values.get("version", VERSION)
    if type(found) is not int:
        return None
    if found > VERSION:
        document.note(
            ("version",), f"{found}: newer than this edge-mbv2, which knows {VERSION}; install a newer one"
        )
        raise ConfigError(document.failure())
    if found == VERSION or found not in migrations:
        return None
    values = document.values
    for version in range(found, VERSION):
        values = migrations[version](values) | {"version": version + 1}
    document.values.clear()
    document.values.update(values)
    return found


def rewrite(file: Path, text: str, version: int) -> Path:
    """Replace a file of an earlier version, and keep it, comments and all, beside the new one.

    Args:
        file: to replace.
        text: what it is to hold.
        version: the file was of, which becomes a part of the backup's name.

    Returns:
        The backup.

    Raises:
        ConfigError: the folder can't be written, or has such a backup already.
    """
    backup = file.with_name(f"{file.name}.version-{version}")
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        backup.hardlink_to(file)
        draft.write_text(text)
        draft.chmod(file.stat().st_mode & 0o777)
        draft.replace(file)
    except OSError as exc:
        draft.unlink(missing_ok=True)
        raise ConfigError(f"{file} can't be replaced, with its backup in {backup}: {exc.strerror}") from exc
    return backup
