"""Pairs the NumPy engine with other ways to run the same file: one process, rounds interleaved.

    python benchmarks/engine.py MODEL.tflite [MODEL.tflite ...] [--rounds 30] [--layers]

Every round runs each contender eight times in a row, so that a busy machine is busy for all of them, and
times the last: behind a camera no core sleeps for long, and one of a virtual machine that did takes some
frames to come up to speed. Ratios are medians of a round's own ratios to LiteRT with XNNPACK and the same
number of threads.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from edge_mbv2 import accounting, engine
from edge_mbv2.engine import reference

Contender = Callable[[np.ndarray], object]

_BEFORE = 7


def main() -> None:
    """Measure each model that is named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="+", type=Path)
    parser.add_argument("--rounds", type=int, default=30, help="how often each contender runs")
    parser.add_argument("--layers", action="store_true", help="also time every operator")
    options = parser.parse_args()
    print(f"CPU: {cpu()}; NumPy {np.__version__}")
    for path in options.models:
        measure(path, options.rounds)
        if options.layers:
            layers(path)


def cpu() -> str:
    """Return the processor's name and those of its features that decide int8 speed."""
    text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    names = [line.split(":", 1)[1].strip() for line in text.splitlines() if line.startswith("model name")]
    present = set(text.split())
    features = [name for name in ("avx2", "avx512f", "avx512_vnni", "asimddp", "i8mm") if name in present]
    return f"{names[0] if names else platform.machine()} ({', '.join(features) or 'no wide int8'})"


def measure(path: Path, rounds: int) -> None:
    """Print medians and ratios of all contenders on one model."""
    one, two = engine.load(path), engine.load(path, workers=2)
    contenders: dict[str, Contender] = {
        "NumPy engine, 1 worker": one.run,
        f"NumPy engine, {two.workers} workers": two.run,
        **litert(path),
        **opencv(path, one.inputs[0].shape),
    }
    picture = np.random.default_rng(0).integers(0, 256, one.inputs[0].shape, dtype=np.uint8)
    if one.inputs[0].dtype == np.float32:
        picture = (picture / 127.5 - 1).astype(np.float32)
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for round_number in range(rounds + 2):
        for name, run in contenders.items():
            for _ in range(_BEFORE):
                run(picture)
            start = time.perf_counter()
            run(picture)
            if round_number >= 2:
                times[name].append((time.perf_counter() - start) * 1e3)
    two.close()
    print(f"\n{path.name}")
    for name, measured in times.items():
        base = times["LiteRT XNNPACK, 2 threads" if " 2 " in name else "LiteRT XNNPACK, 1 thread"]
        ratio = statistics.median(a / b for a, b in zip(measured, base, strict=True))
        best = min(measured) / min(base)
        print(f"  {name:32} {statistics.median(measured):8.2f} ms  {ratio:5.2f}x  (best frames {best:.2f}x)")
    naive, base = naive_ms(path, picture), times["LiteRT XNNPACK, 1 thread"]
    print(f"  {'naive NumPy (the reference)':32} {naive:8.2f} ms  {naive / statistics.median(base):5.2f}x")
    arena, scratch = one.plan.arena_bytes / 1e6, one.plan.scratch_bytes / 1e6
    print(f"  the engine's arena {arena:.2f} MB, scratch {scratch:.2f} MB; {alone(path)}")


def alone(path: Path) -> str:
    """Return how long a process of its own takes to load the model, and its largest resident size."""
    script = (
        "import pathlib, re, sys, time, numpy\n"
        "from edge_mbv2 import engine\n"
        "start = time.perf_counter(); loaded = engine.load(pathlib.Path(sys.argv[1]))\n"
        "took = time.perf_counter() - start\n"
        "loaded.run(*(numpy.zeros(spec.shape, spec.dtype) for spec in loaded.inputs))\n"
        "peak = re.search(r'VmHWM:\\s*(\\d+)', pathlib.Path('/proc/self/status').read_text()).group(1)\n"
        "print(f'loaded in {took:.2f} s, peak of its process {int(peak) / 1024:.0f} MB')"
    )
    command = [sys.executable, "-c", script, str(path)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def litert(path: Path) -> dict[str, Contender]:
    """Return LiteRT with one and two threads, and without XNNPACK."""
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    plain = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    kinds = {
        "LiteRT XNNPACK, 1 thread": (1, OpResolverType.AUTO),
        "LiteRT XNNPACK, 2 threads": (2, OpResolverType.AUTO),
        "LiteRT without XNNPACK, 1 thread": (1, plain),
    }
    result: dict[str, Contender] = {}
    for name, (threads, resolver) in kinds.items():
        interpreter = Interpreter(str(path), num_threads=threads, experimental_op_resolver_type=resolver)
        interpreter.allocate_tensors()
        index = interpreter.get_input_details()[0]["index"]

        def run(picture: np.ndarray, interpreter: Interpreter = interpreter, index: int = index) -> None:
            interpreter.set_tensor(index, picture)
            interpreter.invoke()

        result[name] = run
    return result


def opencv(path: Path, shape: tuple[int, ...]) -> dict[str, Contender]:
    """Return OpenCV's DNN module, where it takes the model."""
    import cv2

    cv2.setNumThreads(1)
    try:
        net = cv2.dnn.readNetFromTFLite(str(path))
        net.setInput(np.zeros((1, shape[3], shape[1], shape[2]), np.float32))
        net.forward(net.getUnconnectedOutLayersNames())
    except cv2.error:
        print(f"\nOpenCV DNN refuses {path.name}")
        return {}

    def run(picture: np.ndarray) -> None:
        net.setInput(picture.transpose(0, 3, 1, 2).astype(np.float32) / 127.5 - 1)
        net.forward(net.getUnconnectedOutLayersNames())

    return {"OpenCV DNN, 1 thread": run}


def naive_ms(path: Path, picture: np.ndarray) -> float:
    """Return how long one obvious NumPy expression for each operator takes."""
    graph = engine.read_rewritten(path.read_bytes(), fuse=False)
    start = time.perf_counter()
    reference.run(graph, [picture], engine.Contract.XNNPACK_FP32)
    return (time.perf_counter() - start) * 1e3


def layers(path: Path) -> None:
    """Print each operator's best time beside its multiply-adds."""
    loaded = engine.load(path)
    loaded.run(np.zeros(loaded.inputs[0].shape, loaded.inputs[0].dtype))
    for stage, row in zip(loaded.plan.stages, accounting.count_ops(loaded.plan.graph), strict=True):
        best = float("inf")
        for _ in range(7):
            start = time.perf_counter()
            for step in stage.steps[0]:
                step()
            best = min(best, (time.perf_counter() - start) * 1e3)
        print(f"    {row.name:22} {row.output.shape!s:22} {row.madds / 1e6:8.2f} MMAdds {best:8.3f} ms")


if __name__ == "__main__":
    main()
