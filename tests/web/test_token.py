"""The token: from the environment, or kept in a private file between runs."""

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
    assert token_for(host, environ(tmp_path)) is None
    assert not list(tmp_path.iterdir())


def test_the_environments_counts_everywhere(tmp_path: Path) -> None:
    given = environ(tmp_path, EDGE_MBV2_TOKEN="0123456789abcdef")
    assert token_for("0.0.0.0", given) == "0123456789abcdef"
    assert token_for("127.0.0.1", given) == "0123456789abcdef"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "token", ["short", "fifteen-letters", "with space in the middle", "ümlaut-0123456789", "x" * 257]
)
def test_a_weak_or_unusable_one_is_refused(token: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="EDGE_MBV2_TOKEN: a token has 16 to 256 characters") as caught:
        token_for("0.0.0.0", environ(tmp_path, EDGE_MBV2_TOKEN=token))
    assert token not in str(caught.value)


@pytest.mark.parametrize(
    ("variables", "place"),
    [
        ({}, "home/.local/state/edge-mbv2/token"),
        ({"XDG_STATE_HOME": "xdg"}, "xdg/edge-mbv2/token"),
        ({"STATE_DIRECTORY": "systemd:other", "XDG_STATE_HOME": "xdg"}, "systemd/token"),
    ],
)
def test_it_is_made_once_and_kept_privately(variables: dict[str, str], place: str, tmp_path: Path) -> None:
    given = environ(tmp_path, EDGE_MBV2_TOKEN="")
    given |= {
        name: ":".join(str(tmp_path / part) for part in value.split(":")) for name, value in variables.items()
    }
    token = token_for("0.0.0.0", given)
    assert token is not None
    assert len(token) >= 43
    path = tmp_path / place
    assert path.read_text() == token + "\n"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o077 == 0
    assert [entry.name for entry in path.parent.iterdir()] == ["token"]
    assert token_for("::", given) == token


def test_two_machines_have_two_tokens(tmp_path: Path) -> None:
    assert token_for("0.0.0.0", environ(tmp_path / "a")) != token_for("0.0.0.0", environ(tmp_path / "b"))


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
        threading.Thread(target=lambda: tokens.append(token_for("0.0.0.0", environ(tmp_path))))
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
    token = token_for("0.0.0.0", environ(tmp_path))
    path = tmp_path / "home/.local/state/edge-mbv2/token"
    path.chmod(0o644)
    assert token_for("0.0.0.0", environ(tmp_path)) == token
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
        token_for("0.0.0.0", environ(tmp_path, XDG_STATE_HOME=str(tmp_path)))


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EdgeError, match=r"can't be kept in .*file/edge-mbv2/token: .*set EDGE_MBV2_TOKEN"):
        token_for("0.0.0.0", environ(tmp_path, XDG_STATE_HOME=str(tmp_path / "file")))


def test_an_unknown_host_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--host no such host: no such address"):
        token_for("no such host", environ(tmp_path))
