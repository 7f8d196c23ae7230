"""Every setting is in the schema, in the file, among the options and in the documentation."""

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
    "model.name": ("ssd_mobilenet_v2_oidv4", "[]"),
    "model.labels": ("words.txt", "1"),
    "model.threshold": ("0.25", "1"),
    "model.engine": ("numpy", "abacus"),
    "model.threads": ("3", "0"),
    "analysis.every_frame": ("true", "often"),
    "output.stdout": ("true", "5"),
    "output.file": ("records.jsonl", "{}"),
    "output.video": ("boxes.avi", "false"),
    "record.folder": ("kept", "[]"),
    "record.max_bytes": ("30000000", "1MB"),
    "web.enabled": ("false", "never"),
    "web.host": ("0.0.0.0", "0"),
    "web.port": ("9000", "70000"),
    "web.token": ("0123456789abcdef", "short"),
    "logging.level": ("debug", "loud"),
    "logging.format": ("json", "xml"),
}

OPTIONS = {**opt.KEYS, **opt.SECRET_KEYS}


def file_of(dotted: str, value: str) -> str:
    parts = dotted.replace(NAME, "front").split(".")
    return "".join(f"{'  ' * n}{part}:\n" for n, part in enumerate(parts))[:-1] + f" {value}\n"


def value_in(config: Config, dotted: str) -> object:
    """Return a key's value as text; that of the only camera."""
    value: Any = config
    for part in dotted.replace("*", NAME).split("."):
        value = next(iter(value.values())) if part == NAME else getattr(value, part)
    return getattr(value, "get_secret_value", lambda: value)()


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
    assert str(value).lower() == right
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
    assert {key.replace("*", NAME) for key in OPTIONS.values()} == set(VALUES) - {"version", "node"}


@pytest.mark.parametrize("name", OPTIONS)
def test_every_variable_and_every_option_arrives(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    key = OPTIONS[name]
    value = VALUES[key.replace("*", NAME)][0]

    def given(*arguments: str) -> object:
        with cli.commands["run"].make_context("run", [*arguments]) as context:
            options = dict(context.params)
            return value_in(opt.configuration(options.pop("config"), options), key)

    for variable in map(opt.variable, OPTIONS):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv(opt.variable(name), value)
    assert str(given()).lower() == value
    monkeypatch.delenv(opt.variable(name))
    if name in opt.KEYS:
        option = next(p for p in cli.commands["run"].params if p.name == name)
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
    assert all(section in Config.model_fields for section in AT_RESTART)
