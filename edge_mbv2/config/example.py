"""The configuration as text: an example to begin with, and what is in force."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, SecretStr

from edge_mbv2.config.document import Document, KeyPath
from edge_mbv2.config.keys import NAME, keys
from edge_mbv2.config.schema import Config
from edge_mbv2.config.secrets import MASK, masked
from edge_mbv2.config.yaml_tree import dump

_HEAD = """\
# Configuration of edge-mbv2. What is commented out is left to the program.
#   edge-mbv2 config check FILE     tells every mistake
#   edge-mbv2 run --config FILE     runs with it; SIGHUP makes a running program read it again
# An option wins over a variable of the environment, and that over this file.
# ${NAME} stands for a secret: the credential of systemd or the variable of that name.
"""

_EXAMPLE_NAMES = {
    "cameras": "front",
    "zones": "yard",
    "lines": "gate",
    "objects": "person",
    "schedule": "night",
}


def example() -> str:
    """Return a commented file that has every key; it says the same as no file."""
    lines = [_HEAD]
    for key in keys():
        indent = "  " * (len(key.path) - 1)
        if len(key.path) == 1 and key.path != ("version",):
            lines.append("")
        restart = "; a change takes a restart" if key.at_restart and not key.kind else ""
        lines.append(f"{indent}# {key.description}{restart}{_range(key.kind, key.default)}")
        if not key.kind:
            lines.append(f"{indent}{key.path[-1]}:")
            if key.is_named:
                off = "" if key.path == ("cameras",) else "# "
                what = "a label" if key.path[-1] == "objects" else "a name of your choice"
                lines += [f"{indent}  # {what}", f"{indent}  {off}{_EXAMPLE_NAMES[key.path[-1]]}:"]
        elif key.default is None or key.path.count(NAME) > 1:
            lines.append(f"{indent}# {key.path[-1]}: {_on_a_line(key.example or key.default)}")
        else:
            lines.append(f"{indent}{key.path[-1]}: {dump(key.default)}")
    return "\n".join(lines) + "\n"


def _range(kind: str, default: Any) -> str:
    """Say which values a key takes, where its description or its value does not."""
    plain = kind in ("", "text", "path", "secret") or (kind == "true or false" and default is not None)
    return "" if plain or kind == str(default) else f" ({kind})"


def shown(config: Config, document: Document) -> str:
    """Return the configuration in force as YAML, with where each value came from and without secrets."""
    lines = [*_section(config, (), document)]
    width = min(60, max(len(line) for line, _ in lines))
    return "".join(f"{line:{width}}  # {origin}\n" if origin else f"{line}\n" for line, origin in lines)


def _section(
    section: BaseModel | dict[str, Any], path: KeyPath, document: Document
) -> Iterator[tuple[str, str]]:
    for name, value in section.items() if isinstance(section, dict) else section:
        below, indent = (*path, name), "  " * len(path)
        if isinstance(value, BaseModel | dict):
            yield f"{indent}{dump(name)}:", ""
            yield from _section(value, below, document)
        else:
            yield (
                f"{indent}{dump(name)}: {_on_a_line(_said(value, below, document))}",
                _origin(below, document),
            )


def _said(value: Any, path: KeyPath, document: Document) -> Any:
    if path in document.written:
        return masked(document.written[path])
    if isinstance(value, SecretStr):
        return MASK
    if isinstance(value, str):
        return masked(value)
    return value if value is None or isinstance(value, bool | int | float | tuple) else str(value)


def _on_a_line(value: Any) -> str:
    """Return a value as YAML that fits behind its key; a list as JSON has it, which YAML reads, too."""
    return json.dumps(value, separators=(",", ":")) if isinstance(value, list | tuple) else dump(value)


def _origin(path: KeyPath, document: Document) -> str:
    if path in document.origins:
        return document.origins[path]
    return f"line {document.lines[path]}" if path in document.lines else "default"
