"""References to secrets: followed, and never shown."""

import re
from pathlib import Path

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from edge_mbv2.config.example import shown
from edge_mbv2.config.load import Setting, effective, load
from edge_mbv2.config.secrets import ReferenceError, expand, masked
from edge_mbv2.errors import ConfigError

PASSWORD = "p@ss/w:rd%"


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("${PW}", PASSWORD),
        ("rtsp://me:${PW}@cam/1", "rtsp://me:p%40ss%2Fw%3Ard%25@cam/1"),
        ("rtsp://${USER}:${PW}@${HOST}:554/${USER}", "rtsp://me:p%40ss%2Fw%3Ard%25@cam:554/me"),
        ("http://${HOST}/a?pwd=${USER}", "http://cam/a?pwd=me"),
        ("$PW $ {PW} $$", "$PW $ {PW} $$"),
        ("$${PW} and ${USER}", "${PW} and me"),
    ],
)
def test_references_are_followed(text: str, expanded: str) -> None:
    assert expand(text, {"PW": PASSWORD, "USER": "me", "HOST": "cam"}) == expanded


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("${PW}", "PW is not in the environment"),
        ("${EMPTY}", "EMPTY is empty"),
        ("${}", "a name and } are expected"),
        ("${PW", "a name and } are expected"),
        ("${../etc/shadow}", "a name and } are expected"),
    ],
)
def test_a_reference_that_can_not_be_followed(text: str, told: str) -> None:
    with pytest.raises(ReferenceError, match=told):
        expand(text, {"EMPTY": ""})


def test_credentials_of_systemd_come_first(tmp_path: Path) -> None:
    environ = {"CREDENTIALS_DIRECTORY": str(tmp_path), "PW": "of the environment"}
    assert expand("${PW}", environ) == "of the environment"
    (tmp_path / "PW").write_text("of systemd\n")
    assert expand("${PW}", environ) == "of systemd"
    with pytest.raises(ReferenceError, match="OTHER is neither in the environment nor in CREDENTIALS"):
        expand("${OTHER}", environ)
    (tmp_path / "OTHER").mkdir()
    with pytest.raises(ReferenceError, match="can't be read: Is a directory"):
        expand("${OTHER}", environ)
    (tmp_path / "BYTES").write_bytes(b"\xff\xfe")
    with pytest.raises(ReferenceError, match="can't be read: not UTF-8"):
        expand("${BYTES}", environ)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("rtsp://me:geheim@cam:554/1?a=b", "rtsp://***@cam:554/1?a=b"),
        ("rtsp://:geheim@cam", "rtsp://***@cam"),
        ("rtsp://me@cam:554/1", "rtsp://***@cam:554/1"),
        ("RTSP://me:ge@he/im@cam/1", "RTSP://***@cam/1"),
        ("rtsp://me:ge'he\"im@cam/1", "rtsp://***@cam/1"),
        ("rtsp://me:12/34@cam/1", "rtsp://me:12/34@cam/1"),  # may be a port and a path
        ("'rtsp://a:geheim@b/1' and 'http://c:geheim@d'", "'rtsp://***@b/1' and 'http://***@d'"),
        ("http://cam/x?port=80&user=me&pwd=ge%20im&a=1", "http://cam/x?port=80&user=***&pwd=***&a=1"),
        ("http://cam/x?Password=geheim#top", "http://cam/x?Password=***#top"),
        ("rtsp://cam/path", "rtsp://cam/path"),
        ("rtsp://cam:554/path", "rtsp://cam:554/path"),
        ("http://cam:80/a@b", "http://cam:80/a@b"),
        ("http://cam/a@b", "http://cam/a@b"),
        ("rtsp://me:${PW}@cam/1", "rtsp://me:${PW}@cam/1"),
        ("rtsp://${TOKEN}@cam/1", "rtsp://${TOKEN}@cam/1"),
        ("http://cam/x?pwd=${PW}&key=geheim", "http://cam/x?pwd=${PW}&key=***"),
        ("no address: me:geheim@cam", "no address: me:geheim@cam"),
        ("/dev/video0", "/dev/video0"),
    ],
)
def test_passwords_are_masked(text: str, shown: str) -> None:
    assert masked(text) == shown


@given(st.text(st.characters(codec="ascii", exclude_characters=" /?#\t\n\r\f\v\x1c\x1d\x1e\x1f"), min_size=1))
@example("${}")
def test_no_password_is_shown(password: str) -> None:
    assume(not re.fullmatch(r"\$\{[A-Za-z_][\w.-]*\}", password))  # a reference, which stays
    assert masked(f"rtsp://joe:{password}@camera.example/1") == "rtsp://***@camera.example/1"


FILE = """\
cameras:
  front: {source: 'rtsp://me:${PW}@cam/1'}
  yard: {source: 'rtsp://me:geheim@cam/1'}
web:
  token: ${TOKEN}
"""
ENVIRON = {"PW": PASSWORD, "TOKEN": "geheim-geheim-geheim"}


def test_what_is_in_force_is_shown_without_them(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(FILE)
    config, document = effective(file, {"web.port": Setting(1, "EDGE_MBV2_PORT")}, environ=ENVIRON)
    assert config.cameras["front"].source == "rtsp://me:p%40ss%2Fw%3Ard%25@cam/1"
    assert config.web.token is not None
    assert config.web.token.get_secret_value() == ENVIRON["TOKEN"]
    text = shown(config, document)
    for secret in ("geheim", PASSWORD, "p%40ss"):
        assert secret not in text
        assert secret not in repr(config.web)
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert "source: rtsp://me:${PW}@cam/1 # line 2" in lines
    assert "source: rtsp://***@cam/1 # line 3" in lines
    assert "token: ${TOKEN} # line 5" in lines
    assert "port: 1 # EDGE_MBV2_PORT" in lines
    assert "host: 127.0.0.1 # default" in lines


@pytest.mark.parametrize(
    "wrong",
    [
        "web: {token: 'geheim'}",
        "web: {token: 12345678901234567}",
        "web: {token: [geheim]}",
        "web: {port: '${SECRET}'}",
        "cameras: ['rtsp://me:geheim@cam']",
        "cameras: {a: {width: 'rtsp://me:geheim@cam'}}",
        "web: {tokn: geheim}",
        "web: {token: {geheim: geheim}}",
        "model: {engine: 'http://cam?password=geheim'}",
        "node: 'rtsp://me:geheim@cam'",
    ],
)
def test_a_mistake_is_told_without_them(wrong: str, tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(wrong)
    with pytest.raises(ConfigError) as caught:
        load(file, environ={"SECRET": "geheim"})
    assert "geheim" not in str(caught.value)
    assert "12345678901234567" not in str(caught.value)
