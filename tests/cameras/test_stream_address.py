"""What an address keeps secret is never shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_mbv2.cameras.stream_address import masked


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("rtsp://host/path", "rtsp://host/path"),
        ("rtsp://host:554/path", "rtsp://host:554/path"),
        ("rtsp://joe:secret@host:554/path?a=b", "rtsp://***@host:554/path?a=b"),
        ("rtsp://joe@host/path", "rtsp://***@host/path"),
        ("RTSP://joe:se@cret@host/path", "RTSP://***@host/path"),
        ("rtsp://joe:se/cret@host/path", "rtsp://***@host/path"),
        ("rtsp://joe:12/34@host/path", "rtsp://joe:12/34@host/path"),  # may be a port and a path
        ("http://host/flv?port=1935&user=joe&password=a%20b&x=1", "http://host/flv?port=1935&user=***&password=***&x=1"),
        ("http://host/cgi?usr=joe&pwd=secret#top", "http://host/cgi?usr=***&pwd=***#top"),
        ("http://host/a@b", "http://host/a@b"),
        ("can't open 'http://joe:secret@host/' now", "can't open 'http://***@host/' now"),
        ("a http://joe:secret@one/ b https://x:y@two/", "a http://***@one/ b https://***@two/"),
        ("no address: joe:secret@host", "no address: joe:secret@host"),
    ],
)  # fmt: skip
def test_secrets_are_masked(address: str, shown: str) -> None:
    assert masked(address) == shown


@given(
    st.text(st.characters(codec="ascii", exclude_characters=" /?#'\"\t\n\r\f\v\x1c\x1d\x1e\x1f"), min_size=1)
)
def test_no_password_is_shown(password: str) -> None:
    shown = masked(f"rtsp://joe:{password}@camera.example/stream")
    assert shown == "rtsp://***@camera.example/stream"
