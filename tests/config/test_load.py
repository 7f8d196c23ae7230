"""The configuration: what is read, and how mistakes are told."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_mbv2.config.load import load
from edge_mbv2.config.schema import Config
from edge_mbv2.errors import ConfigError


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "config.yaml"
    file.write_text(text)
    return file


def test_defaults() -> None:
    config = load()
    assert config == Config()
    assert config.cameras["camera"].source == "0"
    assert config.web.host == "127.0.0.1"


def test_overrides_win_over_the_file_and_the_file_over_defaults(tmp_path: Path) -> None:
    file = written(tmp_path, "cameras:\n  front:\n    source: 1\n    width: 640\nweb:\n  port: 9000\n")
    config = load(file, {"cameras.*.source": "demo", "web.port": 0, "model.threshold": 0.4})
    assert config.cameras["front"].source == "demo"
    assert config.cameras["front"].width == 640
    assert config.web.port == 0
    assert config.model.threshold == 0.4
    assert load(file).cameras["front"].source == "1", "an index may be written as a number"


def test_several_cameras_and_sizes_with_units(tmp_path: Path) -> None:
    config = load(
        written(tmp_path, "cameras:\n  a: {source: 0}\n  b: {source: 1}\nrecord: {max_bytes: 1.5GB}\n")
    )
    assert list(config.cameras) == ["a", "b"]
    assert config.record.max_bytes == 1_500_000_000


def test_a_commands_own_defaults_give_way_to_the_file(tmp_path: Path) -> None:
    defaults = {"logging.level": "warning"}
    assert load(None, None, defaults).logging.level == "warning"
    file = written(tmp_path, "logging:\n  level: debug\n")
    assert load(file, None, defaults).logging.level == "debug"
    assert load(file, {"logging.level": "error"}, defaults).logging.level == "error"


def test_an_empty_file_is_the_defaults(tmp_path: Path) -> None:
    assert load(written(tmp_path, "# nothing yet\n")) == Config()


def test_every_mistake_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        "version: 1\ncameras:\n  front:\n    sorce: 0\n    width: wide\n    rotation: 45\n"
        "web:\n  port: 99999\nmodle: {}\n",
    )
    with pytest.raises(ConfigError) as caught:
        load(file)
    lines = str(caught.value).splitlines()
    assert lines[0] == f"{file}:4: cameras.front.sorce: unknown key; did you mean 'source'?"
    assert lines[1].startswith(f"{file}:5: cameras.front.width: 'wide': ")
    assert lines[2] == f"{file}:6: cameras.front.rotation: 45: input should be 0, 90, 180 or 270"
    assert lines[3].startswith(f"{file}:8: web.port: 99999: ")
    assert lines[4] == f"{file}:9: modle: unknown key; did you mean 'model'?"
    assert len(lines) == 5
    assert caught.value.exit_code == 3


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cameras: [0]\n", ":1: cameras: "),
        ("just words\n", ":1: 'just words'; expected a configuration"),
        ("a: [1, 2\n", ":2: not valid YAML"),
        ("web:\n  port: 1\n  port: 2\n", ":3: web.port: stands twice, first in line 2"),
        ("web: 3\n", ":1: web: 3: "),
        ("cameras:\n  Front Door:\n    source: 0\n", "camera name 'Front Door'"),
        ("cameras: {}\n", ":1: cameras: expected at least one camera"),
        ("record: {max_bytes: 2GX}\n", ":1: record.max_bytes: '2GX': "),
        ("record: {max_bytes: 1MB}\n", ":1: record.max_bytes: "),
        ("version: 2\n", ":1: version: 2: "),
        ("? [a, b]\n: 1\n", ":1: not valid YAML"),
        ("analysis: {every_frame: perhaps}\n", ":1: analysis.every_frame: 'perhaps': "),
        ("model: {threshold: 0}\n", ":1: model.threshold: 0: "),
        ("!!python/object:os.system {}\n", ":1: not valid YAML"),
    ],
)
def test_wrong_files(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(written(tmp_path, text))
    assert expected in str(caught.value)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.yaml: No such file"):
        load(tmp_path / "none.yaml")
    with pytest.raises(ConfigError, match="Is a directory"):
        load(tmp_path)


def test_a_binary_file(tmp_path: Path) -> None:
    file = tmp_path / "picture.yaml"
    file.write_bytes(b"\xff\xd8\xff\xe0" + bytes(range(256)))
    with pytest.raises(ConfigError, match="not valid YAML"):
        load(file)


@given(st.text(max_size=200))
def test_any_text_is_a_configuration_or_a_mistake(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    file = tmp_path_factory.getbasetemp() / "fuzz.yaml"
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        load(file)
    except ConfigError as error:
        assert str(file) in str(error)


_WORDS = st.sampled_from(
    ["version", "cameras", "front", "source", "web", "port", "1", "0", "true", "null", "x"]
)


@given(
    st.recursive(
        _WORDS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_WORDS, inner, max_size=4)
    )
)
def test_any_structure_is_a_configuration_or_a_mistake(
    tmp_path_factory: pytest.TempPathFactory, values: object
) -> None:
    import yaml

    file = tmp_path_factory.getbasetemp() / "fuzz.yaml"
    file.write_text(yaml.safe_dump(values))
    try:
        load(file)
    except ConfigError as error:
        assert str(file) in str(error)
