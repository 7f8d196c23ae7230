"""The token: given, or kept in a private file between runs."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from edge_mbv2.errors import ConfigError, EdgeError, UsageError
from edge_mbv2.web.token import token_for


def environ(tmp_path: Path, **more: str) -> dict[str, str]:
    return {"HOME": str(tmp_path / "home"), **more}


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.0.0.9"])
def test_loopback_needs_none(host: str, tmp_path: Path) -> None:
    assert token_for(host, None, environ(tmp_path)) is None
    assert not list(tmp_path.iterdir())


def test_a_given_one_counts_everywhere(tmp_path: Path) -> None:
    for host in ("0.0.0.0", "127.0.0.1"):
        assert token_for(host, "0123456789abcdef", environ(tmp_path)) == "0123456789abcdef"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("variables", "place"),
    [
        ({}, "home/.local/state/edge-mbv2/token"),
        ({"XDG_STATE_HOME": "xdg"}, "xdg/edge-mbv2/token"),
        ({"STATE_DIRECTORY": "systemd:other", "XDG_STATE_HOME": "xdg"}, "systemd/token"),
    ],
)
def test_it_is_made_once_and_kept_privately(variables: dict[str, str], place: str, tmp_path: Path) -> None:
    given = environ(tmp_path) | {
        name: ":".join(str(tmp_path / part) for part in value.split(":")) for name, value in variables.items()
    }
    token = token_for("0.0.0.0", None, given)
    assert token is not None
    assert len(token) >= 43
    path = tmp_path / place
    assert path.read_text() == token + "\n"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o077 == 0
    assert [entry.name for entry in path.parent.iterdir()] == ["token"]
    assert token_for("::", None, given) == token


def test_two_machines_have_two_tokens(tmp_path: Path) -> None:
    assert token_for("0.0.0.0", None, environ(tmp_path / "a")) != token_for(
        "0.0.0.0", None, environ(tmp_path / "b")
    )


def test_two_programs_that_start_at_once_agree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both find no file, and only then does either write its own."""
    barrier = threading.Barrier(2)
    exists = Path.exists

    def both_look(path: Path) -> bool:
        found = exists(path)
        if path.name == "token":
            barrier.wait()
        return found

    monkeypatch.setattr(Path, "exists", both_look)
    numbers = iter([1001, 1002])
    monkeypatch.setattr(os, "getpid", lambda: next(numbers))
    tokens: list[str | None] = []
    threads = [
        threading.Thread(target=lambda: tokens.append(token_for("0.0.0.0", None, environ(tmp_path))))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(tokens) == 2
    assert tokens[0] == tokens[1]


def test_a_file_that_others_could_read_is_made_private(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    token = token_for("0.0.0.0", None, environ(tmp_path))
    path = tmp_path / "home/.local/state/edge-mbv2/token"
    path.chmod(0o644)
    assert token_for("0.0.0.0", None, environ(tmp_path)) == token
    assert path.stat().st_mode & 0o777 == 0o600
    assert "could be read by others" in caplog.text
    assert str(token) not in caplog.text


@pytest.mark.parametrize("content", [b"", b"short\n", b"\xff\xfe\xfd" * 20])
def test_a_damaged_file_is_told(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "edge-mbv2" / "token"
    path.parent.mkdir()
    path.touch(mode=0o600)
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=f"{path}: a token has 16 to 256 characters"):
        token_for("0.0.0.0", None, environ(tmp_path, XDG_STATE_HOME=str(tmp_path)))


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EdgeError, match=r"can't be kept in .*file/edge-mbv2/token: .*set EDGE_MBV2_TOKEN"):
        token_for("0.0.0.0", None, environ(tmp_path, XDG_STATE_HOME=str(tmp_path / "file")))


def test_an_unknown_host_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--host no such host: no such address"):
        token_for("no such host", None, environ(tmp_path))
