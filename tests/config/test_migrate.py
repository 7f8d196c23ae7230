"""Files of an earlier version. There is none yet; the tests make one up."""

from pathlib import Path
from typing import Any

import pytest

from edge_mbv2.config import document
from edge_mbv2.config.load import load, upgrade
from edge_mbv2.config.migrate import MIGRATIONS, VERSION, migrate
from edge_mbv2.config.schema import Config
from edge_mbv2.errors import ConfigError

OLD = """\
version: -1
# the way in
camera: rtsp://me:${PW}@cam/1
port: 9000
"""


def name_the_camera(values: dict[str, Any]) -> dict[str, Any]:
    source = values.pop("camera")
    return {**values, "cameras": {"front": {"source": source}}}


def gather_the_page(values: dict[str, Any]) -> dict[str, Any]:
    port = values.pop("port")
    return {**values, "web": {"port": port}}


MADE_UP = {-1: name_the_camera, 0: gather_the_page}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "config.yaml"
    file.write_text(OLD)
    file.chmod(0o640)
    return file


def test_each_version_leads_to_the_next(file: Path) -> None:
    found = document.read(file, "a configuration", ConfigError)
    assert migrate(found, MADE_UP) == -1
    assert found.values == {
        "version": 1,
        "cameras": {"front": {"source": "rtsp://me:${PW}@cam/1"}},
        "web": {"port": 9000},
    }
    assert migrate(found, MADE_UP) is None


def test_the_rewritten_file_says_the_same_and_the_backup_keeps_the_comments(file: Path) -> None:
    backup = upgrade(file, {"PW": "geheim"}, MADE_UP)
    assert backup == file.with_name("config.yaml.version--1")
    assert backup.read_text() == OLD
    assert file.stat().st_mode & 0o777 == 0o640
    assert "geheim" not in file.read_text()
    config = load(file, environ={"PW": "geheim"})
    assert (config.cameras["front"].source, config.web.port) == ("rtsp://me:geheim@cam/1", 9000)
    assert upgrade(file, {"PW": "geheim"}, MADE_UP) is None
    assert sorted(each.name for each in file.parent.iterdir()) == ["config.yaml", backup.name]


def test_nothing_is_rewritten_that_is_wrong_or_has_a_backup(file: Path) -> None:
    with pytest.raises(ConfigError, match="PW is not in the environment"):
        upgrade(file, {}, MADE_UP)
    assert file.read_text() == OLD
    file.with_name("config.yaml.version--1").write_text("of another day")
    with pytest.raises(ConfigError, match=r"can't be replaced, with its backup in .*: File exists"):
        upgrade(file, {"PW": "x"}, MADE_UP)
    assert file.read_text() == OLD
    assert len(list(file.parent.iterdir())) == 2


def test_a_version_of_the_future_is_refused_as_such(file: Path) -> None:
    file.write_text("\nversion: 9\nsomething: new\n")
    with pytest.raises(ConfigError) as caught:
        load(file)
    assert str(caught.value) == (
        f"{file}:2: version: 9: newer than this edge-mbv2, which knows {VERSION}; install a newer one"
    )


def test_the_table_leads_from_every_earlier_version_to_the_schemas() -> None:
    assert sorted(MIGRATIONS) == list(range(VERSION - len(MIGRATIONS), VERSION))
    assert Config().version == VERSION
