"""The configuration: what is read, and how mistakes are told."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_mbv2.config.load import Setting, load, upgrade
from edge_mbv2.config.schema import Config
from edge_mbv2.errors import ConfigError, UsageError


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "config.yaml"
    file.write_text(text)
    return file


def settings(**values: object) -> dict[str, Setting]:
    """Return overriding settings; ``__`` stands for a dot, ``only`` for the only camera."""
    dotted = {key.replace("__", ".").replace("only", "*"): value for key, value in values.items()}
    return {key: Setting(value, f"--{key}") for key, value in dotted.items()}


def test_defaults() -> None:
    config = load()
    assert config == Config()
    assert config.cameras["camera"].source == "0"
    assert config.web.host == "127.0.0.1"


def test_overrides_win_over_the_file_and_the_file_over_defaults(tmp_path: Path) -> None:
    file = written(tmp_path, "cameras:\n  front:\n    source: 1\n    width: 640\nweb:\n  port: 9000\n")
    config = load(file, settings(cameras__only__source="demo", web__port=0, model__threshold=0.4))
    assert config.cameras["front"].source == "demo"
    assert config.cameras["front"].width == 640
    assert config.web.port == 0
    assert config.model.threshold == 0.4
    assert load(file).cameras["front"].source == "1", "an index may be written as a number"


def test_where_a_wrong_value_came_from_is_told(tmp_path: Path) -> None:
    file = written(tmp_path, "web:\n  port: 1\n  host: 3\n")
    with pytest.raises(ConfigError) as caught:
        load(file, {"web.port": Setting("x", "EDGE_MBV2_PORT")})
    first, second = str(caught.value).splitlines()
    assert first.startswith("EDGE_MBV2_PORT: web.port: 'x': input should be a valid integer")
    assert second == f"{file}:3: web.host: 3: input should be a valid string"


def test_a_section_without_anything_below_says_nothing(tmp_path: Path) -> None:
    assert load(written(tmp_path, "web:\nmodel:\n  # threshold: 0.5\nlogging:\n")) == Config()


def test_words_stay_words(tmp_path: Path) -> None:
    """What older YAML takes for truth values, times and numbers."""
    file = written(
        tmp_path, "cameras:\n  no: {source: off, hflip: no}\n  2024-01-01: {source: 12:30}\n  7: {}\n"
    )
    cameras = load(file).cameras
    assert list(cameras) == ["no", "2024-01-01", "7"]
    assert (cameras["no"].source, cameras["no"].hflip) == ("off", False)
    assert cameras["2024-01-01"].source == "12:30"


def test_anchors_and_merge_keys(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        "cameras:\n  front: &usual\n    source: 0\n    width: 640\n    hflip: true\n"
        "  yard:\n    <<: *usual\n    source: 1\n  shed: {<<: [{width: 320}, *usual], source: 2}\n",
    )
    cameras = load(file).cameras
    assert [(c.source, c.width, c.hflip) for c in cameras.values()] == [
        ("0", 640, True),
        ("1", 640, True),
        ("2", 320, True),
    ]


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_bytes(b"\xef\xbb\xbfweb: {port: 1}\r\n")
    assert load(file).web.port == 1


def test_what_is_for_the_only_camera_needs_an_only_camera(tmp_path: Path) -> None:
    file = written(tmp_path, "cameras:\n  front: {source: 0}\n  yard: {source: 1}\n")
    assert list(load(file).cameras) == ["front", "yard"]
    with pytest.raises(UsageError, match=r"--cameras\.\*\.width: which of the cameras front, yard is meant"):
        load(file, settings(cameras__only__width=640))


def test_several_cameras_and_sizes_with_units(tmp_path: Path) -> None:
    config = load(
        written(tmp_path, "cameras:\n  a: {source: 0}\n  b: {source: 1}\nrecord: {max_bytes: 1.5GB}\n")
    )
    assert list(config.cameras) == ["a", "b"]
    assert config.record.max_bytes == 1_500_000_000


def test_a_commands_own_defaults_give_way_to_the_file(tmp_path: Path) -> None:
    defaults = settings(logging__level="warning")
    assert load(None, None, defaults).logging.level == "warning"
    file = written(tmp_path, "logging:\n  level: debug\n")
    assert load(file, None, defaults).logging.level == "debug"
    assert load(file, settings(logging__level="error"), defaults).logging.level == "error"


def test_areas_have_three_points_in_the_picture(tmp_path: Path) -> None:
    text = "cameras: {front: {motion_masks: %s}}\n"
    file = written(tmp_path, text % "[[[0, 0], [1, 0], [1, 0.25]]]")
    assert load(file).cameras["front"].motion_masks == (((0.0, 0.0), (1.0, 0.0), (1.0, 0.25)),)
    for wrong, told in (
        ("[[[0, 0], [1, 0]]]", "2 points"),
        ("[[[0, 0], [2, 0], [0, 1]]]", "2: input should be"),
    ):
        with pytest.raises(ConfigError, match=told):
            load(written(tmp_path, text % wrong))


@pytest.mark.parametrize("tiles", ["2", "9x9", "Auto", "0x1"])
def test_tiles_that_mean_nothing(tiles: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"tiles: .* expected none, auto, or columns x rows"):
        load(written(tmp_path, f"analysis: {{tiles: '{tiles}'}}\n"))


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing yet\n", "{}\n"])
def test_an_empty_file_is_a_mistake(text: str, tmp_path: Path) -> None:
    """What an editor that saves in place, or a full disk, leaves for a moment must end no camera."""
    file = written(tmp_path, text)
    for read in (load, upgrade):
        with pytest.raises(ConfigError, match=f"^{file}: is empty, or nothing but comments; expected"):
            read(file)


def test_a_file_without_cameras_has_the_usual_one(tmp_path: Path) -> None:
    assert load(written(tmp_path, "version: 1\n")) == Config()


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


_WORDS = st.sampled_from(
    ["version", "cameras", "front", "source", "web", "port", "1", "0", "true", "null", "x"]
)


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
