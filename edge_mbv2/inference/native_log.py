"""Takes what an engine's native code prints to standard error into the log."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import sys
from collections.abc import Iterator

# TensorFlow Lite's own logger, then Abseil's.
_ENGINE_LINE = re.compile(r"(VERBOSE|INFO|WARNING|ERROR): |[IWE]\d{4} \d\d:")


@contextlib.contextmanager
def captured(logger: logging.Logger) -> Iterator[None]:
    """Send the engine's lines on file descriptor 2 in this block to ``logger`` at level debug.

    LiteRT announces its delegate at every start and has no switch for it; what goes wrong it also
    raises. The descriptor is the whole process's, so other lines are passed on when the block ends.
    """
    try:
        original = os.dup(2)
    except OSError:  # standard error is closed: there is nothing to keep clean
        yield
        return
    with os.fdopen(os.memfd_create("engine-log"), "w+b") as file:
        os.dup2(file.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(original, 2)
            os.close(original)
            file.seek(0)
            for line in file.read().decode(errors="replace").splitlines():
                if _ENGINE_LINE.match(line):
                    logger.debug("%s", line)
                else:
                    print(line, file=sys.stderr)
