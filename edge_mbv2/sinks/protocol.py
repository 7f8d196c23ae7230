"""What every receiver is to the rest of the product."""

from __future__ import annotations

from typing import Protocol, TypeVar

Item_contra = TypeVar("Item_contra", contravariant=True)


class Sink(Protocol[Item_contra]):
    """Takes items (results, or their records as text) one by one and in order, in a thread of its own.

    Attributes:
        name: for logs and counters.
    """

    name: str

    def open(self) -> None:
        """Take the file, the socket, the connection.

        Raises:
            EdgeError: it can't be had.
        """

    def publish(self, item: Item_contra, /) -> None:
        """Deliver one item; may block.

        Raises:
            OutputClosed: whoever received has gone away for good.
            EdgeError: this item can't be delivered; the next one may be.
        """

    def close(self) -> None:
        """Finish what was begun. May be called twice, and without `open`."""
