"""Takes passwords out of a configuration before others see it."""

from __future__ import annotations

import re
from typing import Any

_CREDENTIALS = re.compile(r"(?<=://)[^/?#\s]*@")
_QUERY = re.compile(r"(?<=://)([^?#\s]*)\?[^#\s]*")


def masked(value: Any) -> Any:
    """Return a configuration, as plain values, without what addresses have before the host or as a query.

    Cameras take their passwords in both places.
    """
    if isinstance(value, dict):
        return {key: masked(each) for key, each in value.items()}
    if isinstance(value, list):
        return [masked(each) for each in value]
    if isinstance(value, str):
        return _QUERY.sub(r"\1?***", _CREDENTIALS.sub("***@", value))
    return value
