"""Addresses of network streams: which there are, and what of them may be shown."""

from __future__ import annotations

import re

SCHEMES = ("rtsp://", "rtsps://", "http://", "https://")

_ADDRESS = re.compile(r"\b(?P<scheme>[a-z][a-z0-9+.-]*://)(?P<rest>[^\s'\"]*)", re.IGNORECASE)
# Everything before the last @, also where a slash was left unescaped in the password.
_USER = re.compile(r"^[^/?#]*@|^[^/?#]*:(?![0-9]*(?:[/?#]|$)).*@")
_SECRET = re.compile(
    r"(?P<key>[?&][^=&#]*(?:user|usr|pass|pwd|token|key|auth|secret)[^=&#]*=)[^&#]*", re.IGNORECASE
)


def masked(text: str) -> str:
    """Return ``text`` with ``***`` in place of what the addresses in it keep secret.

    That is a user's name and password (``rtsp://***@host/``) and whatever a query calls so
    (``?user=***&password=***``).
    """
    return _ADDRESS.sub(lambda found: found["scheme"] + _without_secrets(found["rest"]), text)


def _without_secrets(rest: str) -> str:
    return _SECRET.sub(lambda found: f"{found['key']}***", _USER.sub("***@", rest))
