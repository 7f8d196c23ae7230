"""What leaves the machine holds no password."""

import pytest

from edge_mbv2.config.masking import masked


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("rtsp://admin:hunter2@10.0.0.5:554/stream1", "rtsp://***@10.0.0.5:554/stream1"),
        ("rtsp://admin:hunter2@10.0.0.5", "rtsp://***@10.0.0.5"),
        ("rtsp://admin:p@ss@10.0.0.5/s", "rtsp://***@10.0.0.5/s"),
        ("http://10.0.0.5/video?user=admin&pwd=hunter2", "http://10.0.0.5/video?***"),
        ("http://a:b@10.0.0.5/v?pwd=c#d", "http://***@10.0.0.5/v?***#d"),
        ("usb:Logitech", "usb:Logitech"),
        ("file:a?b@c.mp4", "file:a?b@c.mp4"),
        (0.5, 0.5),
        (None, None),
    ],
)
def test_credentials_are_masked(value: object, shown: object) -> None:
    assert masked(value) == shown
    assert masked({"cameras": {"front": {"source": [value]}}}) == {"cameras": {"front": {"source": [shown]}}}
