"""Writes the table of all settings in configuration.md, from the schema and the options."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from edge_mbv2.cli.detect import detect
from edge_mbv2.cli.options import KEYS, SECRET_KEYS, variable
from edge_mbv2.cli.run import run
from edge_mbv2.config.keys import NAME, Key, keys
from edge_mbv2.config.yaml_tree import dump

DOCUMENT = Path(__file__).with_name("configuration.md")
BEGIN, END = "<!-- made by make docs -->\n", "<!-- until here -->\n"


def table() -> str:
    """Return a section for each part of the file, with a row for each key right in it."""
    sections: dict[tuple[str, ...], list[str]] = {(): ["### At the top", "", *_head()]}
    for key in keys():
        if key.kind:
            sections[key.path[:-1]].append(_row(key))
        else:
            path = (*key.path, NAME) if key.is_named else key.path
            name = ".".join(path).replace("<", "&lt;").replace(">", "&gt;")
            restart = " A change takes a restart." if key.at_restart else ""
            about = f"{_sentence(key.description)}{restart}"
            sections[path] = ["", f"### {name}", "", about, "", *_head()]
    return "\n".join(line for section in sections.values() for line in section) + "\n"


def _head() -> list[str]:
    return ["| key | value | default | option | variable |", "|---|---|---|---|---|"]


def _row(key: Key) -> str:
    default = "" if key.default is None else f"`{_on_a_line(key.default)}`"
    option, name = _option(key)
    value = f"{key.kind}: {key.description}".replace("<", "&lt;").replace("|", "\\|")
    cells = (f"`{key.path[-1]}`", value, default, option, name)
    return "| " + " | ".join(cells) + " |"


def _on_a_line(value: Any) -> str:
    return json.dumps(value) if isinstance(value, tuple) else dump(value)


def _option(key: Key) -> tuple[str, str]:
    dotted = ".".join("*" if part.startswith("<") else part for part in key.path)
    for name, its in {**KEYS, **SECRET_KEYS}.items():
        if its == dotted:
            params = (*run.params, *detect.params)
            option = next((p for p in params if isinstance(p, click.Option) and p.name == name), None)
            shown = "" if option is None else f"`{option.opts[0]}`"
            return shown, f"`{variable(name)}`"
    return "", ""


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def main() -> None:
    before, _, rest = DOCUMENT.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    DOCUMENT.write_text(f"{before}{BEGIN}\n{table()}\n{END}{after}")


if __name__ == "__main__":
    sys.exit(main())
