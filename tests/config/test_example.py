"""The example: every key, and right as it stands and with everything in it switched on."""

import re
from pathlib import Path

import yaml

from edge_mbv2.config.example import example, shown
from edge_mbv2.config.keys import NAME, keys
from edge_mbv2.config.load import effective, load
from edge_mbv2.config.schema import Config
from edge_mbv2.config.yaml_tree import Tree, dump

NAMED = {key.path for key in keys() if key.is_named}


def paths(values: dict[str, object], above: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
    found = set()
    for key, value in values.items():
        path = (*above, NAME if above in NAMED else key)
        found |= ({path} if above not in NAMED else set()) | (
            paths(value, path) if isinstance(value, dict) else set()
        )
    return found


def switched_on() -> str:
    """Return the example with what is commented out in it."""
    return re.sub(r"^( *)# ([a-z_]+:(?: \S.*)?)$", r"\1\2", example(), flags=re.M)


def test_it_says_the_same_as_no_file(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(example())
    config = load(file)
    assert config.model_copy(update={"cameras": {"camera": config.cameras["front"]}}) == Config()


def test_it_has_every_key_and_each_is_described() -> None:
    text = switched_on()
    assert paths(yaml.safe_load(text)) == {key.path for key in keys()}
    for key in keys():
        assert key.description
        assert f"# {key.description}" in text


def test_with_everything_switched_on_it_is_right(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(switched_on())
    config = load(file, environ={"EDGE_MBV2_TOKEN": "0123456789abcdef"})
    for key in keys():
        if key.default is None and key.kind:
            value: object = config
            for part in key.path:
                value = next(iter(value.values())) if part == NAME else getattr(value, part)  # type: ignore[attr-defined]
            assert value not in (None, getattr(Config(), key.path[-1], None)), key.dotted


def test_what_is_shown_can_be_used_again(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("cameras: {no: {source: '0x1', hflip: on}, '1': {framerate: 1e1}}\nnode: '010'\n")
    config, document = effective(file)
    file.write_text(shown(config, document))
    assert load(file) == config


def test_words_are_written_so_that_they_stay_words() -> None:
    words = [
        "no",
        "12:30",
        "010",
        "1e5",
        "0o7",
        "",
        "~",
        "null",
        "a: b",
        "# c",
        "${A}",
        "é",
        "2024-01-01",
        ".inf",
        "=",
        "<<",
    ]
    assert Tree(dump(words)).values == words
