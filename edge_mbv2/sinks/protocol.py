"""What every receiver of results is to the rest of the product."""

from __future__ import annotations

from typing import Protocol

from edge_mbv2.types import FrameResult


class Sink(Protocol):
    """Takes results one by one, in order, in a thread that belongs to it alone.

    Attributes:
        name: for logs and counters.
    """

    name: str

    def open(self) -> None:
        """Take the file, the socket, the connection.

        Raises:
            EdgeError: it can't be had.
        """

    def publish(self, result: FrameResult) -> None:
        """Deliver one result; may block.

        Raises:
            EdgeError: it can't be delivered, now and later.
        """

    def close(self) -> None:
        """Finish what was begun. May be called twice, and without `open`."""
