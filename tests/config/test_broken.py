"""Files that are wrong in every way that was thought of, and in some that were not."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_mbv2.cli import cli
from edge_mbv2.config.example import example
from edge_mbv2.config.load import load
from edge_mbv2.errors import ConfigError

BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{b}: &{b} [{', '.join([f'*{a}'] * 10)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)

# What the file holds, and for each mistake the line, the key and a part of what is told.
BROKEN: dict[str, tuple[str | bytes, list[tuple[int, str, str]]]] = {
    "a misspelt key": ("web:\n  prot: 1\n", [(2, "web.prot", "did you mean 'port'?")]),
    "a misspelt section": ("loging:\n  level: info\n", [(1, "loging", "did you mean 'logging'?")]),
    "a key that nothing resembles": ("zzz: 1\n", [(1, "zzz", "expected one of version, node, cameras")]),
    "a misspelt value": ("logging:\n  level: inof\n", [(2, "logging.level", "did you mean 'info'?")]),
    "a value in capitals": ("logging:\n  level: INFO\n", [(2, "logging.level", "did you mean 'info'?")]),
    "a word for a number": (
        "web:\n  port: never\n",
        [(2, "web.port", "'never': input should be a valid int")],
    ),
    "a number for a word": ("web:\n  host: 7\n", [(2, "web.host", "7: input should be a valid string")]),
    "a truth value for a number": (
        "web:\n  port: true\n",
        [(2, "web.port", "true: input should be a number")],
    ),
    "sizes that are none": (
        "record: {max_bytes: foo}\n",
        [(1, "record.max_bytes", "'foo': expected a size")],
    ),
    "a size that is small": ("record: {max_bytes: 9MB}\n", [(1, "record.max_bytes", "at least 20MB")]),
    "no turn": ("cameras:\n  a:\n    rotation: false\n", [(3, "cameras.a.rotation", "should be a number")]),
    "a word for a truth value": ("web: {enabled: perhaps}\n", [(1, "web.enabled", "'perhaps': ")]),
    "a fraction for a whole number": ("web:\n  port: 80.5\n", [(2, "web.port", "80.5: ")]),
    "out of range": (
        "web:\n  port: 99999\nmodel: {threshold: 0}\ncameras: {a: {width: 3, framerate: 0}}\n",
        [
            (2, "web.port", "less than or equal to 65535"),
            (3, "model.threshold", "greater than 0"),
            (4, "cameras.a.width", "16"),
            (4, "cameras.a.framerate", "0.1"),
        ],
    ),
    "not a number": ("model:\n  threshold: .nan\n", [(2, "model.threshold", "finite")]),
    "infinite": ("cameras:\n  a:\n    framerate: .inf\n", [(3, "cameras.a.framerate", "finite")]),
    "beyond all numbers": (
        "web:\n  port: " + "9" * 5000 + "\n",
        [(2, "web.port", "no int that can be used")],
    ),
    "octal": ("web:\n  port: 0700\n", [(2, "web.port", "0700: a number that begins with 0; write 700")]),
    "sexagesimal": ("web:\n  port: 12:30\n", [(2, "web.port", "'12:30': ")]),
    "nothing where something is needed": ("web:\n  port:\n", [(2, "web.port", "nothing: ")]),
    "an empty word": ("model:\n  name: ''\n", [(2, "model.name", "'': ")]),
    "empty paths": (
        "output:\n  file: ''\n  video: ''\n  tracks: ''\nrecord: {folder: ''}\nmodel: {labels: ''}\n",
        [
            (2, "output.file", "an empty path"),
            (3, "output.video", "an empty path"),
            (4, "output.tracks", "an empty path"),
            (5, "record.folder", "an empty path"),
            (6, "model.labels", "an empty path"),
        ],
    ),
    "a list where keys are expected": (
        "cameras:\n- source: 0\n",
        [(1, "cameras", "a list: keys and values")],
    ),
    "a word where keys are expected": ("web: on\n", [(1, "web", "'on': keys and values")]),
    "a camera that is a word": ("cameras:\n  a: 0\n", [(2, "cameras.a", "0: keys and values")]),
    "a camera that is nothing": ("cameras:\n  a:\n", [(2, "cameras.a", "nothing: keys and values")]),
    "keys where a word is expected": ("model:\n  name: {a: 1}\n", [(2, "model.name", "a mapping: ")]),
    "a list where a word is expected": ("web:\n  host: [a, b]\n", [(2, "web.host", "a list: ")]),
    "a word where a list is expected": (
        "cameras: {a: {schedule: {night: {days: mon}}}}\n",
        [(1, "cameras.a.schedule.night.days", "'mon': input should be a valid list")],
    ),
    "a wrong item alone": (
        "cameras: {a: {schedule: {night: {days: [Mon]}}}}\n",
        [(1, "cameras.a.schedule.night.days.0", "did you mean 'mon'?")],
    ),
    "an empty list": (
        "cameras: {a: {schedule: {night: {days: []}}}}\n",
        [(1, "cameras.a.schedule.night.days", "an empty list: list should have at least 1 item, not 0")],
    ),
    "no camera": ("cameras: {}\n", [(1, "cameras", "no camera")]),
    "a section of cameras with nothing in it": ("cameras:\n", [(1, "cameras", "no camera")]),
    "names that are none": (
        "cameras:\n  Front Door: {}\n  -a: {}\n  " + "a" * 33 + ": {}\n  a/b: {}\n",
        [
            (2, "cameras.'Front Door'", "camera name 'Front Door'"),
            (3, "cameras.-a", "camera name '-a'"),
            (4, "cameras." + "a" * 33, "1 to 32"),
            (5, "cameras.'a/b'", "camera name"),
        ],
    ),
    "names that mean something else": (
        "cameras:\n  available: {}\n  events: {}\n  stats: {}\n  api: {}\n",
        [
            (n + 2, f"cameras.{w}", "on the wire")
            for n, w in enumerate(("available", "events", "stats", "api"))
        ],
    ),
    "names that are too much alike": ("cameras: {a-b: {}, a_b: {}}\n", [(1, "cameras", "a-b and a_b: ")]),
    "a node that is none": ("node: a/+/b\n", [(1, "node", "'a/+/b': 1 to 63 of")]),
    "a newer version": ("version: 2\n", [(1, "version", "2: newer than this edge-mbv2")]),
    "a version that is none": ("version: one\n", [(1, "version", "'one': ")]),
    "a true version": ("version: true\n", [(1, "version", "true: ")]),
    "zones, which there are not": ("zones:\n  drive: {}\n", [(1, "zones", "unknown key")]),
    "a key twice": ("web:\n  port: 1\n  port: 2\n", [(3, "web.port", "stands twice, first in line 2")]),
    "a camera twice": (
        "cameras:\n  a: {}\n  b: {}\n  a: {}\n",
        [(4, "cameras.a", "stands twice, first in line 2")],
    ),
    "a key that is a list": ("web:\n  ? [a, b]\n  : 1\n", [(2, "web", "a key is a word")]),
    "a key that is nothing": ("web:\n  '': 1\n", [(2, "web.''", "unknown key")]),
    "a tab": ("web:\n\tport: 1\n", [(2, "", "a tab; indent with spaces, at or after 'port'")]),
    "wrong indentation": ("web:\n  port: 1\n host: a\n", [(3, "", "at or after 'host'")]),
    "an open bracket": ("web: {port: 1\n", [(2, "", "at or after 'web'")]),
    "an open quote": ("web:\n  host: 'a\n", [(3, "", "at or after 'host'")]),
    "words": ("just words\n", [(1, "", "'just words'; expected a configuration")]),
    "a list": ("- a\n", [(1, "", "a list; expected a configuration")]),
    "several documents": ("web: {}\n---\nweb: {}\n", [(2, "", "a second document")]),
    "YAML of the future": ("%YAML 7.0\n---\nweb: {}\n", [(1, "", "not valid YAML")]),
    "an alias of nothing": ("web: *b\n", [(1, "", "undefined alias 'b', at or after 'web'")]),
    "an anchor that contains itself": ("web: &a {host: *a}\n", [(1, "web.host", "contains itself")]),
    "a merge that contains itself": ("cameras:\n  a: &a {<<: *a}\n", [(2, "cameras.a", "contains itself")]),
    "a merge of a word": ("web:\n  <<: a\n", [(2, "web", "<< takes a mapping")]),
    "a bomb of aliases": (BOMB, [(1, "", "more than 20000 values")]),
    "a tag of somebody else": ("web:\n  token: !secret web\n", [(2, "web.token", "unknown tag !secret")]),
    "a tag that runs code": (
        "web: !!python/object/apply:os.abort []\n",
        [(1, "web", "unknown tag !!python/obj")],
    ),
    "a tag that does not fit": ("web:\n  port: !!int a\n", [(2, "web.port", "no int")]),
    "too deep": ("web: " + "[" * 100_000, [(1, "", "more than 24 levels deep")]),
    "too deep in blocks": ("- " * 100_000, [(1, "", "more than 24 levels deep")]),
    "too much": ("web: [" + "1, " * 30_000 + "]", [(1, "", "more than 20000 values")]),
    "a secret that is not there": (
        "web:\n  token: ${NOWHERE}\n",
        [(2, "web.token", "'${NOWHERE}': NOWHERE is not")],
    ),
    "a secret that is cut off": (
        "web:\n  token: ${NOWHERE\n",
        [(2, "web.token", "a name and } are expected")],
    ),
    "a weak token": ("web:\n  token: geheim\n", [(2, "web.token", "16 to 256 characters")]),
    "a character that is none": ('output:\n  file: "a\\0b"\n', [(2, "output.file", "can't be printed")]),
    "half a character": ('output:\n  file: "\\uD800"\n', [(2, "output.file", "can't be printed")]),
    "another encoding": (b"web:\n  host: k\xfcche\n", [(2, "", "byte 0xfc is not UTF-8")]),
    "sixteen bits": ("web: {}\n".encode("utf-16"), [(1, "", "not UTF-8")]),
    "a control character": (b"web:\n  host: a\x01\n", [(2, "", "character '\\x01', at or after 'host'")]),
    "zeros": (bytes(4096), [(1, "", "character '\\x00'")]),
    "a picture": (b"\xff\xd8\xff\xe0" + bytes(range(256)), [(1, "", "not UTF-8")]),
}


def failure(file: Path) -> list[str]:
    """Return what ``config check`` says of a file that is wrong."""
    with pytest.raises(ConfigError) as caught:
        cli.main(["config", "check", str(file)], standalone_mode=False)
    assert caught.value.exit_code == 3
    return str(caught.value).splitlines()


@pytest.mark.parametrize("kind", BROKEN)
def test_every_mistake_is_told_with_its_line_and_its_key(kind: str, tmp_path: Path) -> None:
    content, mistakes = BROKEN[kind]
    file = tmp_path / "config.yaml"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    told = failure(file)
    assert len(told) == len(mistakes), told
    for line, (number, key, part) in zip(told, mistakes, strict=True):
        assert line.startswith(f"{file}:{number}: {key + ': ' if key else ''}"), line
        assert part in line
        assert len(line) < 400


def huge(file: Path) -> None:
    file.write_text("# nothing\n" * 100_000)


def pipe(file: Path) -> None:
    os.mkfifo(file)


def loop(file: Path) -> None:
    file.symlink_to(file)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda file: None, "No such file or directory"),
        (Path.mkdir, "Is a directory"),
        (huge, "larger than 262144 bytes"),
        (pipe, "not a file"),
        (loop, "Too many levels of symbolic links"),
        (lambda file: file.symlink_to("/dev/zero"), "not a file"),
    ],
    ids=["missing", "folder", "huge", "pipe", "loop", "device"],
)
def test_what_can_not_be_read_is_told(make: Callable[[Path], None], told: str, tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    make(file)
    assert failure(file) == [f"{file}: {told}; expected a configuration"]


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    file = tmp_path / "config.yaml"
    file.touch()
    monkeypatch.setattr(Path, "open", refuse)
    assert failure(file) == [f"{file}: Permission denied; expected a configuration"]


def test_mistakes_of_every_kind_are_told_at_once_and_in_order(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(
        "versoin: 1\ncameras:\n  front:\n    source: ${NOWHERE}\n    width: 007\n"
        "  Back: {}\nweb:\n  port: 1\n  port: 2\n  token: !secret x\nmodel:\n  engine: litrt\n"
    )
    told = failure(file)
    assert [int(line.split(":")[1]) for line in told] == [1, 4, 5, 6, 9, 10, 12]


MUTATIONS = st.lists(
    st.tuples(
        st.floats(0, 1),
        st.sampled_from(["delete", "insert", "line", "indent"]),
        st.sampled_from(
            [*":-#&*!|>'\"%@`{}[],?~ \t\n", "<<: *a\n", "&a ", "*a", "!!int ", "${", "- ", "\0", "\x85", "0x",
             ".nan", "no", "1e999", "é", "---\n", "web:\n", "  source: 1\n"]
        ),
    ),
    min_size=1,
    max_size=4,
)  # fmt: skip


@given(MUTATIONS)
def test_a_right_file_with_anything_done_to_it(
    tmp_path_factory: pytest.TempPathFactory, mutations: list[tuple[float, str, str]]
) -> None:
    text = "\n".join(line for line in example().splitlines() if not line.lstrip().startswith("# "))
    for place, what, piece in mutations:
        at = int(place * len(text))
        start = text.rfind("\n", 0, at) + 1
        end = text.find("\n", at) + 1 or len(text)
        text = {
            "delete": text[:at] + text[at + 1 + len(piece) :],
            "insert": text[:at] + piece + text[at:],
            "line": text[:end] + text[start:end] + text[end:],
            "indent": text[:start] + piece[:1] + text[start:],
        }[what]
    file = tmp_path_factory.getbasetemp() / "mutated.yaml"
    file.write_text(text)
    try:
        load(file, environ={})
    except ConfigError as error:
        for line in str(error).splitlines():
            assert re.match(rf"{re.escape(str(file))}:\d+: .", line), line
