"""A YAML file held against a schema, with every mistake told at once and by its line."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError

from edge_mbv2.config.secrets import MASK, masked
from edge_mbv2.errors import EdgeError

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_MAX_BYTES = 1 << 18

KeyPath = tuple[str | int, ...]
Schema = TypeVar("Schema", bound=BaseModel)


class Section(BaseModel):
    """A mapping in a document: unknown keys are mistakes, and what was read never changes."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        validate_default=True,
        allow_inf_nan=False,
        hide_input_in_errors=True,  # it may be a secret
    )


class Mistake(NamedTuple):
    """What is wrong in a document.

    Attributes:
        line: 1-based; 0 where there is none.
        path: of the key, empty for the document as a whole.
        told: the value, what is expected, and what to do.
    """

    line: int
    path: KeyPath
    told: str


@dataclass(frozen=True, slots=True)
class Document:
    """A mapping, and where each of its values came from.

    Attributes:
        name: the file, as messages name it.
        values: the mapping, of plain Python values.
        lines: the 1-based line of each key and list item in the file, by its path.
        origins: where a value came from that does not stand in the file (``--port``), by its path.
        written: what stands in the file for a value that a reference brought in, by its path.
        mistakes: that were found already.
    """

    name: str
    values: dict[str, Any]
    lines: dict[KeyPath, int] = field(default_factory=dict)
    origins: dict[KeyPath, str] = field(default_factory=dict)
    written: dict[KeyPath, str] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)

    def note(self, path: KeyPath, told: str) -> None:
        """Add a mistake at the line of its key, or of the section that should have it."""
        line = next((self.lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in self.lines), 0)
        self.mistakes.append(Mistake(line, path, told))

    def failure(self) -> str:
        """Return all mistakes, a line for each, in the order of the file."""
        ordered = sorted(dict.fromkeys(self.mistakes), key=lambda mistake: mistake.line)
        return "\n".join(self._told(mistake) for mistake in ordered)

    def _told(self, mistake: Mistake) -> str:
        dotted = f" {_dotted(mistake.path)}:" if mistake.path else ""
        if mistake.path in self.origins:
            return f"{self.origins[mistake.path]}:{dotted} {mistake.told}"
        at = f":{mistake.line}" if mistake.line else ""
        return f"{self.name}{at}:{dotted} {mistake.told}"


def read(file: Path, what: str, error: type[EdgeError]) -> Document:
    """Read a YAML file whose top is a mapping; an empty file is an empty one.

    Args:
        file: of at most 256 KiB.
        what: it should be, for the message (``a manifest``).
        error: what to raise.

    Raises:
        error: it can't be read, is not YAML or no mapping.
    """
    from edge_mbv2.config.yaml_tree import Tree, TreeError  # with PyYAML, which takes its time

    text = _text(file, what, error)
    try:
        tree = Tree(text)
    except TreeError as exc:
        raise error(f"{file}:{exc.line}: not valid YAML: {exc}; expected {what}") from exc
    values = {} if tree.values is None and not tree.mistakes else tree.values
    mistakes = [Mistake(*each) for each in tree.mistakes]
    if isinstance(values, dict):
        return Document(str(file), values, tree.lines, mistakes=mistakes)
    if mistakes:
        raise error(Document(str(file), {}, mistakes=mistakes).failure())
    raise error(f"{file}:1: {_shown(values)}; expected {what}, which begins with keys")


def _text(file: Path, what: str, error: type[EdgeError]) -> str:
    try:
        if not file.is_file() and file.exists():  # a pipe or a device might never come to an end
            kind = "Is a directory" if file.is_dir() else "not a file"
            raise error(f"{file}: {kind}; expected {what}")
        with file.open("rb") as stream:
            data = stream.read(_MAX_BYTES + 1)
    except OSError as exc:
        raise error(f"{file}: {exc.strerror}; expected {what}") from exc
    except ValueError as exc:  # a name with a zero byte in it
        raise error(f"{str(file)!r}: {exc}; expected {what}") from exc
    if len(data) > _MAX_BYTES:
        raise error(f"{file}: larger than {_MAX_BYTES} bytes; expected {what}")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        line = data.count(b"\n", 0, exc.start) + 1
        raise error(
            f"{file}:{line}: not valid YAML: byte 0x{data[exc.start]:02x} is not UTF-8; "
            f"expected {what}, as a text file in UTF-8"
        ) from exc


def validate(schema: type[Schema], document: Document, error: type[EdgeError]) -> Schema:
    """Hold a document against a schema.

    Raises:
        error: with a line for each mistake: file, line, path, value, what was expected.
    """
    checked: Schema | None = None
    known = {mistake.path for mistake in document.mistakes}
    try:
        checked = schema.model_validate(document.values)
    except ValidationError as exc:
        found = [(tuple(part for part in each["loc"] if part != "[key]"), each) for each in exc.errors()]
        wrong_lists = {path[:-1] for path, _ in found if path}
        for path, each in found:
            if each["type"] == "too_short" and path in wrong_lists:
                continue  # only the items that are right were counted
            if path not in known:
                document.note(path, _told(each, path, schema, document))
    if checked is None or document.mistakes:
        raise error(document.failure())
    return checked


def _told(each: ErrorDetails, path: KeyPath, schema: type[BaseModel], document: Document) -> str:
    if each["type"] == "extra_forbidden":
        return f"unknown key{_suggestion(path, schema)}"
    if each["type"] == "missing":
        return "missing"
    if each["type"] == "value_error":
        return masked(str(each["ctx"]["error"]))
    value = each["input"]
    if path in document.written:
        shown = repr(document.written[path])
    else:
        shown = MASK if _is_secret(path, schema) and value is not None else _shown(value)
    if each["type"] in ("model_type", "dict_type"):
        return f"{shown}: keys and values are expected below it"
    says = each["msg"].replace("Tuple", "List").replace("tuple", "list").replace(" after validation", "")
    message = f"{shown}: {says[0].lower()}{says[1:]}"
    if each["type"] == "literal_error" and isinstance(value, str):
        allowed = re.findall(r"'([^']+)'", each["ctx"]["expected"])
        return message + _close(value, allowed)
    return message


def _suggestion(path: KeyPath, schema: type[BaseModel]) -> str:
    """Say which key of the same section was probably meant, or which there are."""
    schema = _innermost(path, schema)
    known = [each.alias or name for name, each in schema.model_fields.items()]
    return _close(str(path[-1]), known) or f"; expected one of {', '.join(known)}"


def _is_secret(path: KeyPath, schema: type[BaseModel]) -> bool:
    known = _innermost(path, schema).model_fields.get(str(path[-1])) if path else None
    return known is not None and SecretStr in kinds(known.annotation)


def _innermost(path: KeyPath, schema: type[BaseModel]) -> type[BaseModel]:
    """Return the schema of the section that a key stands in."""
    for part in path[:-1]:
        if part in schema.model_fields:
            schema = section_of(schema.model_fields[str(part)].annotation) or schema
    return schema


def _close(word: str, known: list[str]) -> str:
    close = difflib.get_close_matches(word.lower(), known, n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def section_of(kind: Any) -> type[BaseModel] | None:
    """Return the section inside an annotation such as ``dict[str, CameraConfig]`` or ``Licence | None``."""
    return next((k for k in kinds(kind) if isinstance(k, type) and issubclass(k, BaseModel)), None)


def holds_only_numbers(kind: Any) -> bool:
    """Tell whether an annotation has numbers in it and no truth values."""
    parts = list(kinds(kind))
    return bool not in parts and any(part in (int, float) or type(part) is int for part in parts)


def kinds(kind: Any) -> Iterator[Any]:
    """Yield all that an annotation is made of."""
    yield kind
    for part in get_args(kind):
        yield from kinds(part)


def differences(one: object, other: object, path: str = "") -> Iterator[str]:
    """Yield the dotted paths of the keys whose values differ, and of names that only one has."""
    if isinstance(one, BaseModel) and isinstance(other, BaseModel):
        one, other = dict(one), dict(other)
    if isinstance(one, dict) and isinstance(other, dict):
        for key in dict.fromkeys([*one, *other]):
            yield from differences(one.get(key), other.get(key), f"{path}.{key}" if path else key)
    elif one != other:
        yield path


def _shown(value: Any) -> str:
    """Return a value as a message shows it; what is in a list or a mapping might be a secret."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    if value is None or isinstance(value, bool):
        return {None: "nothing", True: "true", False: "false"}[value]
    text = repr(masked(value) if isinstance(value, str) else value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _dotted(path: KeyPath) -> str:
    """Return a path as messages show it; a key that would spoil a line is quoted."""
    return ".".join(
        part if re.fullmatch(r"[\w-]{1,64}", part) else repr(part[:64]) for part in map(str, path)
    )
