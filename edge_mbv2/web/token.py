"""The secret that the page asks for where others than this machine can reach it."""

from __future__ import annotations

import logging
import os
import re
import secrets
import stat
from collections.abc import Mapping
from pathlib import Path

from edge_mbv2.errors import ConfigError, EdgeError
from edge_mbv2.web.addresses import is_loopback

VARIABLE = "EDGE_MBV2_TOKEN"

_FORM = re.compile(r"[!-~]{16,256}")
_log = logging.getLogger(__name__)


def token_for(host: str, given: str | None, environ: Mapping[str, str]) -> str | None:
    """Return the token that clients must show, None where none is needed.

    It is the given one, on any address. Otherwise loopback needs none, and any other
    address takes the one that is kept in a file, so that bookmarks outlive a restart.

    Args:
        host: as given to ``--host``.
        given: in the configuration, which has checked it.
        environ: ``STATE_DIRECTORY``, ``XDG_STATE_HOME`` or ``HOME`` tell where the file is.

    Raises:
        UsageError: no such host is known.
        ConfigError: the token of the file is no good one.
        EdgeError: the file can't be read or made.
    """
    if given:
        return given
    if is_loopback(host):
        return None
    path = _state_folder(environ) / "token"
    try:
        return _checked(_read_or_make(path), str(path))
    except OSError as exc:
        raise EdgeError(
            f"the page's token can't be kept in {path}: {exc.strerror}; set {VARIABLE} to one of your own"
        ) from exc


def _checked(token: str, origin: str) -> str:
    if not _FORM.fullmatch(token):
        raise ConfigError(
            f"{origin}: a token has 16 to 256 characters of ASCII without spaces; make a new one"
        )
    return token


def _state_folder(environ: Mapping[str, str]) -> Path:
    if systemd := environ.get("STATE_DIRECTORY"):
        return Path(systemd.split(":")[0])
    try:
        home = environ.get("XDG_STATE_HOME") or Path(environ.get("HOME") or Path.home()) / ".local" / "state"
    except RuntimeError as exc:  # a user id without a name, as in a container
        raise EdgeError(f"there is no home to keep the page's token in; set HOME or {VARIABLE}") from exc
    return Path(home) / "edge-mbv2"


def _read_or_make(path: Path) -> str:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        _make(path)
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        _log.warning("%s could be read by others and is now private; delete it for a new token", path)
        path.chmod(0o600)
    return path.read_text(errors="replace").strip()


def _make(path: Path) -> None:
    """Write a new token; of two programs that do so at once, the first wins."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    try:
        draft.write_text(secrets.token_urlsafe(32) + "\n")
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
