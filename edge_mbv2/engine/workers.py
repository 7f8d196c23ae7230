"""Forked processes that each do their share of every stage on memory they share with the caller."""

from __future__ import annotations

import mmap
import os
import select
import signal
import time
import warnings
from collections.abc import Callable, Sequence

from edge_mbv2.engine.plan import Plan, Stage

Check = Callable[[], None]
"""Raises, or ends the process, when the other side is gone."""

_WORD_BYTES = 64
_SPINS = 2000
_PAUSE_S = 0.0005
_IDLE_CHECK_S = 1.0


class WorkerLost(Exception):
    """A worker process ended on its own."""


class Workers:
    """The caller and ``count - 1`` forked processes, each with its share of every stage.

    Each process publishes how many stages it has finished; nobody starts a stage before all
    others have finished those that it follows on. `os.sched_yield` gives the core away while waiting, and
    is the full memory barrier between a stage's data and its count.

    Args:
        plan: bound for ``count`` workers, in shared memory.
        count: at least 2.

    Raises:
        OSError: the machine refuses another process.
    """

    def __init__(self, plan: Plan, count: int) -> None:
        self._stages = plan.stages
        self._finished = memoryview(mmap.mmap(-1, count * _WORD_BYTES)).cast("q")
        self._frames = 0
        self._pids: list[int] = []
        self._bells: list[int] = []
        try:
            for index in range(1, count):
                self._fork(index)
        except OSError:
            self.close()
            raise

    def run(self) -> None:
        """Run every stage once.

        Raises:
            WorkerLost: a process ended; the outputs are not to be used.
        """
        try:
            for bell in self._bells:
                os.write(bell, b"\1")
        except OSError as exc:
            raise WorkerLost from exc
        _work(self._stages, 0, self._finished, self._frames * len(self._stages), self._check_children)
        self._frames += 1
        for index in range(len(self._pids)):
            _wait(self._finished, index + 1, self._frames * len(self._stages), self._check_children)
        os.sched_yield()

    def close(self) -> None:
        """End the processes and wait for them; may be called twice."""
        for bell in self._bells:
            os.close(bell)
        for pid in self._pids:
            try:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
            except (ProcessLookupError, ChildProcessError):
                continue
        self._bells, self._pids = [], []

    def _fork(self, index: int) -> None:
        ear, bell = os.pipe()
        parent = os.getpid()
        with warnings.catch_warnings():
            # Forking beside threads is safe for a child that only computes on its own arrays.
            warnings.simplefilter("ignore", DeprecationWarning)
            try:
                pid = os.fork()
            except OSError:
                os.close(ear)
                os.close(bell)
                raise
        if pid == 0:
            try:
                _live(self._stages, index, self._finished, ear, parent)
            finally:
                os._exit(0)
        os.close(ear)
        self._pids.append(pid)
        self._bells.append(bell)

    def _check_children(self) -> None:
        for pid in self._pids:
            try:
                ended, _ = os.waitpid(pid, os.WNOHANG)
            except ChildProcessError:
                ended = pid
            if ended:
                raise WorkerLost


def _live(stages: Sequence[Stage], index: int, finished: memoryview, ear: int, parent: int) -> None:
    """Be a worker: compute when the bell rings, end when the caller does."""
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    # A camera or socket left open here would stay busy after the caller closed it.
    os.closerange(3, ear)
    os.closerange(ear + 1, os.sysconf("SC_OPEN_MAX"))

    def check_parent() -> None:
        if os.getppid() != parent:
            os._exit(0)

    frames = 0
    while True:
        ready, _, _ = select.select([ear], [], [], _IDLE_CHECK_S)
        check_parent()
        if not ready:
            continue
        if not os.read(ear, 1):
            return
        _work(stages, index, finished, frames * len(stages), check_parent)
        frames += 1


def _work(stages: Sequence[Stage], index: int, finished: memoryview, done: int, check: Check) -> None:
    """Do one process's share of every stage; ``done`` stages were finished in earlier frames."""
    others = [other for other in range(len(finished) * 8 // _WORD_BYTES) if other != index]
    for number, stage in enumerate(stages):
        if stage.steps[index]:
            for other in others:
                _wait(finished, other, done + stage.after, check)
            os.sched_yield()
            for step in stage.steps[index]:
                step()
            os.sched_yield()
        finished[index * _WORD_BYTES // 8] = done + number + 1


def _wait(finished: memoryview, other: int, target: int, check: Check) -> None:
    """Wait until another process has finished ``target`` stages, looking now and then if it lives."""
    spins = 0
    at = other * _WORD_BYTES // 8
    while finished[at] < target:
        os.sched_yield()
        spins += 1
        if spins > _SPINS:
            check()
            time.sleep(_PAUSE_S)
