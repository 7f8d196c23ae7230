"""YAML as people write configurations: words stay words, and no file can blow up what reads it.

Of YAML 1.2's core schema: ``no`` and ``12:30`` are words, and keys are words whatever they look like.
Anchors, aliases and merge keys work within limits; tags other than the plain types do not.

Source: YAML 1.2.2, section 10.3.2; the merge key language-independent type of YAML 1.1.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import yaml
from yaml.composer import Composer
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.resolver import BaseResolver
from yaml.scanner import Scanner

KeyPath = tuple[str | int, ...]

_MOST_LEVELS = 24
_MOST_VALUES = 20_000
_TAG = "tag:yaml.org,2002:"
_MERGE = "<<"


class TreeError(Exception):
    """A file that is no tree of values: the 1-based line, and what is wrong with it."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(problem)
        self.line = line


class _Loader(Reader, Scanner, Parser, Composer, BaseResolver):
    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)
        Composer.__init__(self)
        BaseResolver.__init__(self)
        self._level = 0
        self._values = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        line = self.peek_event().start_mark.line + 1  # type: ignore[no-untyped-call]
        self._level += 1
        self._values += 1
        if self._level > _MOST_LEVELS:
            raise TreeError(line, f"more than {_MOST_LEVELS} levels deep")
        if self._values > _MOST_VALUES:
            raise TreeError(line, f"more than {_MOST_VALUES} values")
        node = super().compose_node(parent, index)
        self._level -= 1
        return node


def _resolve(kind: str, pattern: str, first: str) -> None:
    _Loader.add_implicit_resolver(_TAG + kind, re.compile(f"(?:{pattern})$"), list(first))


_resolve("null", "~|null|Null|NULL|", "~nN")
_Loader.add_implicit_resolver(_TAG + "null", re.compile("$"), [""])
_resolve("bool", "true|True|TRUE|false|False|FALSE", "tTfF")
_resolve("int", "[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789")
_resolve(
    "float",
    r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
    "-+0123456789.",
)


def _int(text: str) -> int:
    return int(text, {"0o": 8, "0x": 16}.get(text[:2], 10))


def _float(text: str) -> float:
    return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))


def _bool(text: str) -> bool:
    return {"true": True, "false": False}[text.lower()]


_SCALARS: dict[str, Callable[[str], Any]] = {
    "str": str,
    "null": lambda text: None,
    "bool": _bool,
    "int": _int,
    "float": _float,
}


class _Dumper(yaml.SafeDumper):
    """Puts in quotes what either of YAML's versions would take for something else than a word."""


for _first, _resolvers in _Loader.yaml_implicit_resolvers.items():
    for _tag, _pattern in _resolvers:
        _Dumper.add_implicit_resolver(_tag, _pattern, [_first])


# Sizes in bytes are integers with a way of their own to be read.
_Dumper.add_multi_representer(int, yaml.SafeDumper.represent_int)


def dump(value: Any) -> str:
    """Return a value as YAML that `Tree` reads as the same; a list or a mapping in block style."""
    text: str = yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10**6)
    return text.removesuffix("...\n").rstrip("\n")


class Tree:
    """The values of one text, where each stands, and what is wrong with single ones.

    Args:
        text: at most one YAML document.

    Attributes:
        values: plain Python values; None for an empty document.
        lines: the 1-based line of each key and list item, by its path.
        mistakes: line, path and problem of each value that can't be had; the others are still there.

    Raises:
        TreeError: the text is not YAML, or too deep or too large.
    """

    def __init__(self, text: str) -> None:
        self.lines: dict[KeyPath, int] = {}
        self.mistakes: list[tuple[int, KeyPath, str]] = []
        self._open: set[int] = set()
        self._count = 0
        try:
            node = _Loader(text).get_single_node()
        except yaml.YAMLError as exc:
            raise _translated(exc, text) from exc
        self.values = None if node is None else self._value(node, ())

    def _value(self, node: yaml.Node, path: KeyPath) -> Any:
        self._count += 1
        if self._count > _MOST_VALUES:
            raise TreeError(_line(node), f"more than {_MOST_VALUES} values, once its aliases are followed")
        if id(node) in self._open:
            self._note(node, path, "contains itself, by an alias to what it stands in")
            return None
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, path)
        if node.tag not in (_TAG + "seq", _TAG + "map"):
            self._note(node, path, _unknown_tag(node))
            return None
        self._open.add(id(node))
        value = self._list(node, path) if isinstance(node, yaml.SequenceNode) else self._mapping(node, path)
        self._open.discard(id(node))
        return value

    def _scalar(self, node: yaml.ScalarNode, path: KeyPath) -> Any:
        make = _SCALARS.get(node.tag.removeprefix(_TAG))
        text = node.value
        if make is None:
            return self._note(node, path, _unknown_tag(node))
        if make is _int and re.match("[-+]?0[0-9]", text):
            number = text.lstrip("-+0") or "0"
            return self._note(
                node, path, f"{text}: a number that begins with 0; write {number}, or '{text}' for a word"
            )
        try:
            return make(text)
        except (ValueError, KeyError):
            return self._note(node, path, f"no {node.tag.removeprefix(_TAG)} that can be used")

    def _list(self, node: yaml.SequenceNode, path: KeyPath) -> list[Any]:
        values = []
        for index, each in enumerate(node.value):
            self.lines[*path, index] = _line(each)
            values.append(self._value(each, (*path, index)))
        return values

    def _mapping(self, node: yaml.Node, path: KeyPath) -> dict[str, Any]:
        values: dict[str, Any] = {}
        merged: list[yaml.Node] = []
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self._note(key_node, path, "a key is a word, not a list or a mapping")
            elif key_node.value == _MERGE and key_node.style is None:
                merged += value_node.value if isinstance(value_node, yaml.SequenceNode) else [value_node]
            elif key_node.value in values:
                below = (*path, key_node.value)
                self._note(key_node, below, f"stands twice, first in line {self.lines[below]}")
            else:
                below = (*path, key_node.value)
                self.lines[below] = _line(key_node)
                values[key_node.value] = self._value(value_node, below)
        for other in merged:
            for name, value in self._merged(other, path):
                values.setdefault(name, value)
        return values

    def _merged(self, node: yaml.Node, path: KeyPath) -> Iterator[tuple[str, Any]]:
        """Yield what a merge key brings in, with the lines where it stands."""
        if not isinstance(node, yaml.MappingNode):
            self._note(node, path, f"{_MERGE} takes a mapping, such as *name of an anchor")
            return
        own = dict(self.lines)
        values = self._value(node, path)
        self.lines |= own
        if values is not None:
            yield from values.items()

    def _note(self, node: yaml.Node, path: KeyPath, problem: str) -> None:
        self.mistakes.append((_line(node), path, problem))


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _unknown_tag(node: yaml.Node) -> str:
    tag = node.tag.replace(_TAG, "!!")
    return f"unknown tag {tag[:40]}; a file has words, numbers, true, false, null, lists and mappings only"


def _translated(exc: yaml.YAMLError, text: str) -> TreeError:
    mark = getattr(exc, "problem_mark", None)
    if mark is not None:
        line, problem = mark.line + 1, getattr(exc, "problem", None) or str(exc).split("\n")[0]
        if "'\\t'" in problem:
            problem = "a tab; indent with spaces"
        elif "another document" in problem:
            problem = "a second document; everything belongs into one"
    else:  # a character that YAML does not have
        position = getattr(exc, "position", 0)
        line, problem = text.count("\n", 0, position) + 1, f"character {text[position : position + 1]!a}"
    return TreeError(line, f"{problem}{_near(text, line)}")


def _near(text: str, line: int) -> str:
    """Name the key that a line which can't be understood belongs to."""
    for each in reversed(text.splitlines()[:line]):
        if found := re.match(r"[\s\-?{,]*([\w<-]{1,40})\s*:(?:\s|$)", each):
            return f", at or after {found[1]!r}"
    return ""
