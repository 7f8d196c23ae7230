"""What the README tells people to type is understood, and what it shows is valid."""

import json
import re
import shlex
from pathlib import Path

import click
import pytest
import yaml

from edge_mbv2.cli import cli
from edge_mbv2.config.schema import Config

README = (Path(__file__).resolve().parents[2] / "README.md").read_text()


def commands() -> list[str]:
    return sorted(
        set(
            re.findall(
                r"(?:^|[`/])(edge-mbv2 (?:run|replay|detect|cameras|selftest)\b[^`#\n]*)", README, re.M
            )
        )
    )


@pytest.mark.parametrize("command", commands())
def test_a_command_parses(command: str) -> None:
    name, *arguments = shlex.split(command)[1:]
    subcommand = cli.commands[name]
    if not arguments and isinstance(subcommand, click.Command) and name == "detect":
        return
    context = subcommand.make_context(name, arguments)
    assert context.command is subcommand


def test_there_are_commands_to_parse() -> None:
    assert len(commands()) > 8


def test_the_configuration_is_valid() -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", README, re.S)
    assert Config.model_validate(yaml.safe_load(block)).cameras["front"].width == 1280


def test_the_record_is_json() -> None:
    (block,) = re.findall(r"```json\n(.*?)```", README, re.S)
    assert json.loads(block)["detections"][0]["label"] == "person"


@pytest.mark.parametrize("path", re.findall(r"\]\(([^):]+)\)", README))
def test_a_linked_file_exists(path: str) -> None:
    assert (Path(__file__).resolve().parents[2] / path).is_file()
