"""What the README tells people to type is understood, and what it shows is valid."""

import json
import re
import shlex
from pathlib import Path

import click
import pytest

from edge_mbv2.cli import cli
from edge_mbv2.config.load import load

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
SETTINGS = (ROOT / "docs" / "configuration.md").read_text()


def commands() -> list[str]:
    return sorted(
        set(
            re.findall(
                r"(?:^|[`/])(edge-mbv2 (?:run|detect|cameras|config|selftest)\b[^`#>\n]*)",
                README + SETTINGS,
                re.M,
            )
        )
    )


@pytest.mark.parametrize("command", commands())
def test_a_command_parses(command: str) -> None:
    name, *arguments = shlex.split(command)[1:]
    subcommand = cli.commands[name]
    if isinstance(subcommand, click.Group):
        name, *arguments = arguments
        subcommand = subcommand.commands[name]
    if not arguments and any(parameter.required for parameter in subcommand.params):
        return  # only the command is named
    context = subcommand.make_context(name, arguments)
    assert context.command is subcommand


def test_there_are_commands_to_parse() -> None:
    assert len(commands()) > 8


@pytest.mark.parametrize("text", [README, SETTINGS], ids=["readme", "settings"])
def test_the_configuration_is_valid(text: str, tmp_path: Path) -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", text, re.S)
    assert blocks
    file = tmp_path / "config.yaml"
    secrets = {"PAGE_TOKEN": "0123456789abcdef", "FRONT_PASSWORD": "p@ss"}
    for block in blocks:
        file.write_text(block)
        assert "front" in load(file, environ=secrets).cameras


def test_the_record_is_json() -> None:
    (block,) = re.findall(r"```json\n(.*?)```", README, re.S)
    assert json.loads(block)["detections"][0]["label"] == "person"


@pytest.mark.parametrize("path", re.findall(r"\]\(([^):]+)\)", README))
def test_a_linked_file_exists(path: str) -> None:
    assert (ROOT / path).is_file()
