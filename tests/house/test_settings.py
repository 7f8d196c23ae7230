"""Every setting is in the schema, in the file, among the options and in the documentation."""

import json
import re
import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from edge_mbv2 import inference
from edge_mbv2.cli import cli
from edge_mbv2.cli import options as opt
from edge_mbv2.config.keys import NAME, keys
from edge_mbv2.config.load import load
from edge_mbv2.config.schema import AT_RESTART, Config
from edge_mbv2.errors import ConfigError

ROOT = Path(__file__).resolve().parents[2]

# For each key a value that is not its default, and a wrong one.
VALUES: dict[str, tuple[str, str]] = {
    "version": ("1", "0"),
    "node": ("attic", "Attic!"),
    "cameras.<name>.source": ("demo", "''"),
    "cameras.<name>.width": ("640", "8"),
    "cameras.<name>.height": ("480", "tall"),
    "cameras.<name>.framerate": ("7.5", "0"),
    "cameras.<name>.hflip": ("true", "2"),
    "cameras.<name>.vflip": ("true", "maybe"),
    "cameras.<name>.rotation": ("180", "45"),
    "cameras.<name>.loop": ("true", "7"),
    "cameras.<name>.motion_masks": ("[[[0.0, 0.0], [1.0, 0.0], [1.0, 0.5]]]", "7"),
    "cameras.<name>.masks": ("[[[0.0, 0.0], [1.0, 0.0], [1.0, 0.5]]]", "left"),
    "cameras.<name>.privacy_masks": ("[[[0.0, 0.0], [1.0, 0.0], [1.0, 0.5]]]", "7"),
    "cameras.<name>.zones.<name>.points": (
        "[[0.0, 0.0], [1.0, 0.0], [1.0, 0.5]]",
        "[[0, 0], [1, 1]]",
    ),
    "cameras.<name>.zones.<name>.labels": ('["dog"]', "dog"),
    "cameras.<name>.lines.<name>.start": ("[0.25, 0.5]", "here"),
    "cameras.<name>.lines.<name>.end": ("[0.25, 0.5]", "0.5"),
    "cameras.<name>.lines.<name>.labels": ('["dog"]', "{}"),
    "cameras.<name>.objects.<name>.threshold": ("0.5", "1"),
    "cameras.<name>.objects.<name>.min_width": ("0.25", "-1"),
    "cameras.<name>.objects.<name>.max_width": ("0.75", "2"),
    "cameras.<name>.objects.<name>.min_height": ("0.25", "much"),
    "cameras.<name>.objects.<name>.max_height": ("0.75", "2"),
    "cameras.<name>.schedule.<name>.days": ('["mon", "sun"]', "[]"),
    "cameras.<name>.schedule.<name>.start": ("22:00", "25:00"),
    "cameras.<name>.schedule.<name>.end": ("06:30", "soon"),
    "cameras.<name>.armed": ("false", "2"),
    "model.name": ("ssd_mobilenet_v2_oidv4", "[]"),
    "model.labels": ("words.txt", "1"),
    "model.threshold": ("0.25", "1"),
    "model.engine": ("numpy", "abacus"),
    "model.threads": ("3", "0"),
    "analysis.every_frame": ("true", "often"),
    "analysis.framerate": ("2.5", "0"),
    "analysis.motion_gate": ("true", "sometimes"),
    "analysis.look_every_s": ("30.0", "0"),
    "analysis.regions": ("true", "3"),
    "analysis.max_regions": ("4", "0"),
    "analysis.whole_every": ("2", "never"),
    "analysis.tiles": ("3x2", "0x0"),
    "analysis.debug_overlay": ("true", "loud"),
    "output.stdout": ("true", "5"),
    "output.file": ("records.jsonl", "{}"),
    "output.video": ("boxes.avi", "false"),
    "output.tracks": ("tracks.csv", "[]"),
    "record.folder": ("kept", "[]"),
    "record.max_bytes": ("30000000", "1MB"),
    "web.enabled": ("false", "never"),
    "web.host": ("0.0.0.0", "0"),
    "web.port": ("9000", "70000"),
    "web.token": ("0123456789abcdef", "short"),
    "logging.level": ("debug", "loud"),
    "logging.format": ("json", "xml"),
}

# What a section needs besides the key that is tried.
NEEDED = {
    "zones": {"points": "[[0, 0], [1, 0], [1, 1]]"},
    "lines": {"start": "[0.5, 1]", "end": "[0.5, 0]"},
}

FILE_ONLY = {
    *[key for key in VALUES if key.count(NAME) > 1],
    "cameras.<name>.masks",
    "cameras.<name>.armed",
    "cameras.<name>.privacy_masks",
    "version",
    "node",
    "cameras.<name>.motion_masks",
    "analysis.look_every_s",
    "analysis.max_regions",
    "analysis.whole_every",
}

OPTIONS = {**opt.KEYS, **opt.SECRET_KEYS}


def file_of(dotted: str, value: str) -> str:
    parts = dotted.replace(NAME, "front").split(".")
    text = "".join(f"{'  ' * n}{part}:\n" for n, part in enumerate(parts))[:-1] + f" {value}\n"
    needed = NEEDED.get(parts[2], {}) if len(parts) > 3 else {}
    rest = [f"{'  ' * (len(parts) - 1)}{key}: {its}\n" for key, its in needed.items() if key != parts[-1]]
    return text + "".join(rest)


def value_in(config: Config, dotted: str) -> object:
    """Return a key's value as text; that of the only camera."""
    value: Any = config
    for part in dotted.replace("*", NAME).split("."):
        value = next(iter(value.values()), None) if part == NAME else getattr(value, part, None)
    return getattr(value, "get_secret_value", lambda: value)()


def said(value: object) -> str:
    return json.dumps(value) if isinstance(value, tuple) else str(value).lower()


def commands(group: click.Group = cli) -> Iterator[click.Command]:
    for command in group.commands.values():
        yield from commands(command) if isinstance(command, click.Group) else [command]


def test_every_key_is_covered_here() -> None:
    assert list(VALUES) == [key.dotted for key in keys() if key.kind]


@pytest.mark.parametrize("dotted", VALUES)
def test_every_key_is_read_from_the_file(dotted: str, tmp_path: Path) -> None:
    right, wrong = VALUES[dotted]
    file = tmp_path / "config.yaml"
    file.write_text(file_of(dotted, right))
    value = value_in(load(file), dotted)
    assert said(value) == right
    assert dotted == "version" or value != value_in(Config(), dotted)
    file.write_text(file_of(dotted, wrong))
    with pytest.raises(ConfigError) as caught:
        load(file)
    line = len(dotted.split("."))
    (told,) = str(caught.value).splitlines()
    assert told.startswith(f"{file}:{line}: {dotted.replace(NAME, 'front')}: ")


def test_every_option_has_its_key_and_its_variable() -> None:
    names = set()
    for command in commands():
        for param in command.params:
            if isinstance(param, click.Option) and param.envvar and param.name not in ("config", None):
                assert param.envvar == opt.variable(param.name)
                names.add(param.name)
    assert names == set(opt.KEYS)
    assert {key.replace("*", NAME) for key in OPTIONS.values()} == set(VALUES) - FILE_ONLY


def command_with(name: str) -> tuple[click.Command, list[str]]:
    """Return the command that has an option, `run` if it does, and what it needs besides."""
    run = cli.commands["run"]
    alone = name in opt.SECRET_KEYS or any(param.name == name for param in run.params)
    return (run, []) if alone else (cli.commands["detect"], ["demo"])


@pytest.mark.parametrize("name", OPTIONS)
def test_every_variable_and_every_option_arrives(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    key = OPTIONS[name]
    value = VALUES[key.replace("*", NAME)][0]
    command, needed = command_with(name)

    def given(*arguments: str) -> object:
        with command.make_context(command.name, [*needed, *arguments]) as context:
            options = {
                param: value for param, value in context.params.items() if param not in ("paths", "save")
            }
            return value_in(opt.configuration(options.pop("config"), options), key)

    for variable in map(opt.variable, OPTIONS):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv(opt.variable(name), value)
    assert str(given()).lower() == value
    monkeypatch.delenv(opt.variable(name))
    if name in opt.KEYS:
        option = next(p for p in command.params if p.name == name)
        switch = isinstance(option, click.Option) and option.secondary_opts
        arguments = (
            [(option.secondary_opts if value == "false" else option.opts)[0]]
            if switch
            else [
                option.opts[0],
                value,
            ]
        )
        assert str(given(*arguments)).lower() == value


def test_options_offer_what_the_schema_allows() -> None:
    kinds = {key.dotted: key.kind for key in keys()}
    for param in cli.commands["run"].params:
        if isinstance(param.type, click.Choice):
            key = opt.KEYS[str(param.name)].replace("*", NAME)
            assert list(param.type.choices) == re.split(", | or ", kinds[key])


def test_the_schema_knows_every_engine() -> None:
    (kind,) = [key.kind for key in keys() if key.dotted == "model.engine"]
    assert re.split(", | or ", kind) == ["auto", *inference.BACKENDS]


def test_the_document_is_of_today() -> None:
    """What ``make docs`` would write is there."""
    table = runpy.run_path(str(ROOT / "docs" / "reference.py"))["table"]()
    document = (ROOT / "docs" / "configuration.md").read_text()
    assert f"<!-- made by make docs -->\n\n{table}\n<!-- until here -->\n" in document
    for name in OPTIONS:
        assert f"`{opt.variable(name)}`" in table
    for section in re.split("^### ", table, flags=re.M)[1:]:
        title = section.partition("\n")[0].replace("&lt;", "<").replace("&gt;", ">")
        above = "" if title == "At the top" else f"{title}."
        assert re.findall("^\\| `([a-z_]+)`", section, flags=re.M) == [
            key.path[-1] for key in keys() if key.kind and key.dotted == f"{above}{key.path[-1]}"
        ]
    assert all(section in Config.model_fields for section in AT_RESTART)
