"""Feeds damaged model files to the engine for as long as wanted.

    PYTHONPATH=tests python -m conformance.fuzz [--seconds 600] [--seed 0] MODEL.tflite ...

Each round mutates one of the named files or of the single operators' models, and loads and runs
what comes out of it. The engine may refuse it with an error of its own; anything else (another
exception, more than a minute, more memory than a file of this size may claim) ends the search
with the file kept in ``fuzz-finding.tflite``.
"""

from __future__ import annotations

import argparse
import collections
import random
import resource
import signal
import time
from pathlib import Path

import numpy as np
from conformance.cases import simple_cases, weighted_case

from edge_mbv2 import engine
from edge_mbv2.engine.tflite import activation_limit_bytes
from edge_mbv2.errors import EngineError, ModelFormatError, UnsupportedOpError

HANG_S = 60
COPIES = 10
"""Weights are held as floats of 4 or 8 bytes, and while they are prepared a few times over."""


def operator_models() -> list[bytes]:
    """Return one small model of each operator and type."""
    simple = [case.data for dtype in ("int8", "uint8") for case in simple_cases(dtype)]
    return simple + [weighted_case(seed).data for seed in range(60)]


def mutate(data: bytes, rng: random.Random) -> bytes:
    """Return the file with a few bytes or words overwritten, most of them where its structure is."""
    changed = bytearray(data)
    edge = min(len(data), 60_000)
    for _ in range(rng.choice([1, 1, 2, 3, 6, 40])):
        at = rng.choice([rng.randrange(edge), len(data) - 1 - rng.randrange(edge), rng.randrange(len(data))])
        if rng.random() < 0.5:
            changed[at] = rng.randrange(256)
        else:
            word = rng.choice([0, 1, 2**31 - 1, 2**31, 2**32 - 1, rng.randrange(2**16), rng.randrange(2**32)])
            changed[at : at + 4] = word.to_bytes(4, "little")[: len(data) - at]
    if rng.random() < 0.05:
        del changed[rng.randrange(len(changed)) :]
    return bytes(changed)


def attempt(data: bytes) -> str:
    """Load and run a file; return what became of it.

    Raises:
        Exception: anything that is not one of the engine's own errors.
    """
    try:
        loaded = engine.load(data)
    except (ModelFormatError, UnsupportedOpError, EngineError) as exc:
        return type(exc).__name__
    with np.errstate(all="ignore"):
        loaded.run(*(np.zeros(spec.shape, spec.dtype) for spec in loaded.inputs))
    return "ran"


def memory_bound_bytes(data: bytes) -> int:
    """Return how much address space a file of this size may take beyond the interpreter's."""
    return 2 * activation_limit_bytes(data) + COPIES * 8 * len(data)


def main() -> None:
    """Search until the time is over."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="*", type=Path)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    whole = [path.read_bytes() for path in options.models]
    single = operator_models()
    seen: collections.Counter[str] = collections.Counter()
    end = time.monotonic() + options.seconds
    while time.monotonic() < end:
        data = mutate(rng.choice(whole if whole and rng.random() < 0.1 else single), rng)
        signal.alarm(HANG_S)
        now = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (now + memory_bound_bytes(data), resource.RLIM_INFINITY))
        try:
            seen[attempt(data)] += 1
        except BaseException:
            Path("fuzz-finding.tflite").write_bytes(data)
            raise
    signal.alarm(0)
    print(f"{sum(seen.values())} files: {dict(seen)}")


if __name__ == "__main__":
    main()
