"""Keeps secrets out of the file, where ``${NAME}`` stands for them, and out of all that is said.

A name is looked up among systemd's credentials (``LoadCredential=``) first, then in the environment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

KeyPath = tuple[str | int, ...]

MASK = "***"
FOLDER = "CREDENTIALS_DIRECTORY"

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,127}")
_FOLLOWED = rf"\$\{{{_NAME.pattern}\}}"
# Up to the last @, also where a slash was left unescaped in the password, unless it is a port and a path.
_USER = re.compile(
    rf"(?<=://)(?!(?:[^\s/?#:@]*:)?{_FOLLOWED}@)(?:[^\s/?#:@]*:(?![0-9]*(?:[/?#\s]|$))\S*@|[^\s/?#]*@)"
)
_QUERY = re.compile(
    rf"([?&;][^\s=&#]*(?:user|usr|pass|pwd|token|key|auth|secret)[^\s=&#]*=)(?!{_FOLLOWED})[^\s&#'\"]+",
    re.IGNORECASE,
)
_REFERENCE = re.compile(r"\$\$\{|\$\{([^}]*)\}?")
_MOST_BYTES = 65536


class ReferenceError(Exception):
    """A reference that can't be followed; the message says why."""


def masked(text: str) -> str:
    """Return ``text`` with ``***`` in place of what the addresses in it keep secret.

    That is a user's name and password (``rtsp://***@host/``) and whatever a query calls so
    (``?user=***&password=***``). References (``${NAME}``) stay.
    """
    return _QUERY.sub(rf"\1{MASK}", _USER.sub(f"{MASK}@", text))


def expand(text: str, environ: Mapping[str, str]) -> str:
    """Put in what each ``${NAME}`` stands for; ``$${`` stands for ``${`` itself.

    In the part of an address that holds user and password, what is put in is percent-encoded.

    Raises:
        ReferenceError: a name is unknown, or not one.
    """
    scheme, at = text.find("://"), text.rfind("@")

    def found(match: re.Match[str]) -> str:
        if match[1] is None:
            return "${"
        if not match[0].endswith("}") or not _NAME.fullmatch(match[1]):
            raise ReferenceError("after ${ a name and } are expected; $${ stands for ${ itself")
        value = _look_up(match[1], environ)
        return quote(value, safe="") if 0 <= scheme < match.start() < at else value

    return _REFERENCE.sub(found, text)


def expand_all(values: Any, environ: Mapping[str, str]) -> Iterator[tuple[KeyPath, str, str]]:
    """Expand the strings in mappings and lists, in place.

    Yields:
        Path, text as it was, and problem (empty when there is none) of each that has a reference.
    """
    pending: list[tuple[KeyPath, Any]] = [((), values)]
    while pending:
        path, container = pending.pop()
        items = container.items() if isinstance(container, dict) else enumerate(container)
        for key, value in list(items):
            below = (*path, key)
            if isinstance(value, dict | list):
                pending.append((below, value))
            elif isinstance(value, str) and "${" in value:
                problem = ""
                try:
                    container[key] = expand(value, environ)
                except ReferenceError as exc:
                    problem = str(exc)
                yield below, value, problem


def _look_up(name: str, environ: Mapping[str, str]) -> str:
    folder = environ.get(FOLDER)
    value = _read(Path(folder) / name) if folder else None
    if value is None:
        value = environ.get(name)
    if not value:
        places = f"neither in the environment nor in {FOLDER}" if folder else "not in the environment"
        raise ReferenceError(f"{name} is {places}" if value is None else f"{name} is empty")
    return value


def _read(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            return file.read(_MOST_BYTES).decode().strip("\r\n")
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) else "not UTF-8"
        raise ReferenceError(f"credential {path} can't be read: {reason}") from exc
