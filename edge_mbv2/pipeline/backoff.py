"""How long to wait before the next try."""

from __future__ import annotations

import random
from collections.abc import Callable

_FIRST_S = 0.5
_GROWTH = 1.5
_LASTING_S = 1.0


class BackOff:
    """Waits that grow by half from try to try, each cut by chance by up to a half.

    So what was away for a while is found again within about half of that time, and cameras that
    went together don't come back in one moment.

    Args:
        longest_s: no wait is longer, in seconds.
        chance: gives numbers from 0 to 1.
    """

    def __init__(self, longest_s: float, chance: Callable[[], float] = random.random) -> None:
        self._longest_s = longest_s
        self._chance = chance
        self._wait_s = self._first_s = min(_FIRST_S, longest_s)

    def next_s(self, lasted_s: float) -> float:
        """Return the next wait in seconds.

        Args:
            lasted_s: for how long the try before went well, 0.0 when it did not; waits start again
                from the shortest after more than a second.
        """
        if lasted_s > _LASTING_S:
            self._wait_s = self._first_s
        wait_s = self._wait_s * (1 - self._chance() / 2)
        self._wait_s = min(self._longest_s, self._wait_s * _GROWTH)
        return wait_s
