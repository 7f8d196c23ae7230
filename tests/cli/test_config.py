"""``edge-mbv2 config``: begins, checks and shows configurations."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from fakes.command import COMMAND, edge, environment

from edge_mbv2.config.example import example


def test_a_first_file_is_written_and_right(tmp_path: Path) -> None:
    assert edge("config", "init").stdout == example()
    file = tmp_path / "config.yaml"
    assert edge("config", "init", file).returncode == 0
    assert file.read_text() == example()
    done = edge("config", "check", file)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{file} is right: 1 camera (front)\n"


def test_nothing_is_overwritten_unasked(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("# mine\n")
    done = edge("config", "init", file)
    assert done.returncode == 2
    assert f"{file} exists" in done.stderr
    assert file.read_text() == "# mine\n"
    assert edge("config", "init", file, "--force").returncode == 0
    assert file.read_text() == example()
    done = edge("config", "init", tmp_path / "none" / "config.yaml")
    assert (done.returncode, "No such file" in done.stderr) == (2, True)


def test_a_file_that_can_only_be_begun_is_not_left_behind(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    done = subprocess.run(
        ["sh", "-c", 'ulimit -f 1; exec "$@"', "sh", *COMMAND, "config", "init", str(file)],
        capture_output=True,
        text=True,
        timeout=60,
        env=environment(),
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, f"edge-mbv2: {file} can't be written: File too large\n")
    assert not file.exists()
    assert edge("config", "init", "--force", "/dev/full").returncode == 1


def test_all_mistakes_are_told_and_no_traceback(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("cameras:\n  events: {}\nweb: {prot: 1}\nlogging: {level: inof}\n")
    for command in (
        ["config", "check", file],
        ["config", "show", "--config", file],
        ["run", "--config", file],
    ):
        done = edge(*command)
        assert done.returncode == 3
        assert done.stdout == ""
        lines = done.stderr.splitlines()
        assert [line.split(":")[2] for line in lines] == ["2", "3", "4"]
        assert all(line.startswith(f"edge-mbv2: {file}:") for line in lines)


def test_the_file_may_come_from_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("web: {port: 1}\n")
    variable = {"EDGE_MBV2_CONFIG": str(file)}
    assert edge("config", "check", env=variable).returncode == 0
    assert "port: 1 " in edge("config", "show", env=variable).stdout
    assert edge("config", "check").returncode == 2


def test_what_is_in_force_comes_from_options_environment_file_and_defaults(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("cameras:\n  yard:\n    source: rtsp://me:geheim@cam\n    width: 640\n")
    environ = {"EDGE_MBV2_WIDTH": "320", "EDGE_MBV2_TOKEN": "geheim-geheim-geheim", "EDGE_MBV2_PORT": "1"}
    done = edge("config", "show", "--config", file, "--port", "2", env=environ)
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert "source: rtsp://***@cam # line 3" in lines
    assert "width: 320 # EDGE_MBV2_WIDTH" in lines
    assert "height: null # default" in lines
    assert "port: 2 # --port" in lines
    assert "token: '***' # EDGE_MBV2_TOKEN" in lines
    assert "geheim" not in done.stdout + done.stderr


def test_an_option_for_the_only_camera_where_there_are_several(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("cameras: {front: {}, yard: {}}\n")
    for arguments, env, name in (
        (["--width", "640"], {}, "--width"),
        ([], {"EDGE_MBV2_WIDTH": "640"}, "EDGE_MBV2_WIDTH"),
    ):
        done = edge("config", "show", "--config", file, *arguments, env=env)
        assert done.returncode == 2
        assert done.stderr == (
            f"edge-mbv2: {name}: which of the cameras front, yard is meant? "
            "With several, set cameras.<name>.width in the file\n"
        )


def test_the_schema_describes_every_key() -> None:
    schema = json.loads(edge("config", "schema").stdout)
    assert schema["$schema"].startswith("https://json-schema.org/")
    for section in (schema, *schema["$defs"].values()):
        assert section["additionalProperties"] is False
        assert all("description" in key for key in section["properties"].values())
    assert schema["properties"]["cameras"]["propertyNames"]["pattern"]


def test_a_file_of_today_needs_no_migration(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("web: {port: 1}\n")
    assert edge("config", "migrate", file).stdout == f"{file} is of today's version\n"
    assert os.listdir(tmp_path) == ["config.yaml"]


@pytest.mark.parametrize("token", ["short", "with space in the middle", "ümlaut-0123456789", "x" * 257])
def test_a_weak_token_of_the_environment(token: str) -> None:
    done = edge("run", "--camera", "demo", env={"EDGE_MBV2_TOKEN": token})
    assert done.returncode == 3
    assert done.stderr.startswith("edge-mbv2: EDGE_MBV2_TOKEN: web.token: a token has 16 to 256 characters")
    assert token not in done.stderr
