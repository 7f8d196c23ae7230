# ruff: noqa: B006, B008, RUF012
"""picamera2 as a test needs it: the same names and signatures, a thread that completes requests.

What it does in the real package's place was read from version 0.3.38: jobs are served in order by the
thread that sees a request complete, the newest completed request waits for a job, `stop` is a job too,
and a failed construction leaves a pipe open. `FOUND` and `TROUBLE` are for tests.
"""

from __future__ import annotations

import os
import threading
import time
from concurrent.futures import CancelledError, Future
from functools import partial

import numpy as np
from libcamera import Transform

FOUND = [
    {"Model": "imx708", "Location": 2, "Rotation": 180, "Id": "/base/soc/i2c0mux/i2c@1/imx708@1a", "Num": 0}
]
TROUBLE = {"frames": True, "busy": False, "timestamps": "monotonic", "interval_s": 0.005}
PICTURE = np.random.default_rng(1).integers(0, 256, (4, 4, 3)).astype(np.uint8)
"""The scene as 4 x 4 parts in B, G, R."""


class Job:
    def __init__(self, functions, signal_function=None):
        self._functions = functions
        self._future: Future = Future()
        self._future.set_running_or_notify_cancel()
        self._result = None

    def execute(self) -> bool:
        while self._functions:
            done, self._result = self._functions[0]()
            if not done:
                return False
            self._functions.pop(0)
        self._future.set_result(self._result)
        return True

    def get_result(self, timeout=None):
        return self._future.result(timeout=timeout)

    def cancel(self) -> None:
        self._future.set_exception(CancelledError())


class CompletedRequest:
    def __init__(self, request, picam2):
        self.taken_ns = request
        self.picam2 = picam2
        self.ref_count = 1

    def release(self) -> None:
        self.ref_count -= 1
        assert self.ref_count == 0

    def get_metadata(self):
        assert self.ref_count
        kind = TROUBLE["timestamps"]
        if kind == "none":
            return {"ExposureTime": 10_000}
        return {"SensorTimestamp": self.taken_ns if kind == "monotonic" else 7}

    def make_array(self, name):
        assert self.ref_count
        config = self.picam2.camera_config[name]
        width, height = config["size"]
        rows, columns = np.arange(height) * 4 // height, np.arange(width) * 4 // width
        image = PICTURE[rows[:, None], columns]
        transform = self.picam2.camera_config["transform"]
        image = image[:, ::-1] if transform.hflip else image
        image = image[::-1] if transform.vflip else image
        # As measured on the real package: the names tell the bytes from the last to the first.
        image = {"RGB888": image, "BGR888": image[..., ::-1]}[config["format"]]
        return np.array(image, order="C")


class Picamera2:
    opened: list[Picamera2] = []

    @staticmethod
    def global_camera_info():
        return list(FOUND)

    def __init__(self, camera_num=0, verbose_console=None, tuning=None, allocator=None):
        self.notifyme_r, self.notifyme_w = os.pipe2(os.O_NONBLOCK)
        self.notifymeread = os.fdopen(self.notifyme_r, "rb")
        self.is_open = False
        if camera_num >= len(FOUND):
            raise RuntimeError(f"No camera number {camera_num} found")
        try:
            if TROUBLE["busy"] or Picamera2.opened:
                raise RuntimeError("Failed to acquire camera: Device or resource busy")
        except RuntimeError as exc:
            raise RuntimeError("Camera __init__ sequence did not complete.") from exc
        Picamera2.opened.append(self)
        self.is_open = True
        self.lock = threading.Lock()
        self.camera_config = {}
        self.completed_requests = []
        self._job_list = []
        self.started = False

    @property
    def camera_controls(self):
        return {"FrameDurationLimits": (33333, 120000, None)}

    def create_video_configuration(
        self,
        main={},
        lores=None,
        raw={},
        transform=Transform(),
        colour_space=None,
        buffer_count=6,
        controls={},
        display="main",
        encode="main",
        queue=True,
        sensor={},
        use_case="video",
    ):
        stream = {"format": "XBGR8888", "size": (1280, 720)} | main
        stream["size"] = tuple(side - side % 2 for side in stream["size"])
        return {"main": stream, "transform": transform, "controls": controls, "buffer_count": buffer_count}

    def configure(self, camera_config=None) -> None:
        assert not self.started
        self.camera_config = camera_config

    def camera_configuration(self):
        return self.camera_config

    def start(self, config=None, show_preview=False) -> None:
        assert self.camera_config
        self.started = True
        self._loop = threading.Thread(target=self._run, daemon=True)
        self._loop.start()

    def stop(self) -> None:
        if self.started:
            self.dispatch_functions([self.stop_], wait=True, immediate=True)
            self._loop.join()

    def stop_(self, request=None):
        self.started = False
        return (True, None)

    def close(self) -> None:
        if not self.is_open:
            return
        self.stop()
        self.is_open = False
        self.notifymeread.close()
        os.close(self.notifyme_w)
        Picamera2.opened.remove(self)

    def cancel_all_and_flush(self) -> None:
        with self.lock:
            for job in self._job_list:
                job.cancel()
            self._job_list = []

    def dispatch_functions(self, functions, wait, signal_function=None, immediate=False):
        if wait is None:
            wait = signal_function is None
        with self.lock:
            job = Job(functions, signal_function)
            self._job_list.append(job)
        return job.get_result(timeout=None if wait is True else wait) if wait else job

    def capture_request(self, wait=None, signal_function=None, flush=None):
        return self.dispatch_functions([partial(self._capture_request, flush)], wait, signal_function)

    def _capture_request(self, flush):
        if not self.completed_requests:
            return (False, None)
        return (True, self.completed_requests.pop(0))

    def _run(self) -> None:
        while self.started:
            time.sleep(TROUBLE["interval_s"])
            with self.lock:
                if TROUBLE["frames"]:
                    self.completed_requests = [CompletedRequest(time.monotonic_ns(), self)]
                # Jobs are served in order: one that waits for a frame holds up those behind it.
                while self._job_list and self._job_list[0].execute():
                    self._job_list.pop(0)
