"""A camera that sends JPEGs over HTTP, as many network cameras do."""

from __future__ import annotations

import base64
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import cv2
import numpy as np


class MjpegServer:
    """Serves ``/stream.mjpg`` on loopback, one picture after the other, round and round.

    Args:
        pictures: (height, width, 3) uint8 each; sizes may differ.
        framerate_hz: of the stream.
        credentials: ``USER:PASSWORD`` that a viewer must give; empty lets everybody see.

    Attributes:
        port: that it listens on.
        speaking: while cleared, viewers are taken and get nothing.
        sent: how many pictures the newest viewer was sent.
    """

    def __init__(self, pictures: list[np.ndarray], framerate_hz: float = 50, credentials: str = "") -> None:
        self.speaking = threading.Event()
        self.speaking.set()
        self.sent = 0
        self._parts = [
            b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%s\r\n" % (len(jpeg), jpeg)
            for jpeg in (cv2.imencode(".jpg", picture)[1].tobytes() for picture in pictures)
        ]
        self._interval_s = 1 / framerate_hz
        self._credentials = credentials
        self._stopping = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    def __enter__(self) -> MjpegServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self.speaking.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def address(self, credentials: str = "", path: str = "/stream.mjpg") -> str:
        return f"http://{credentials + '@' if credentials else ''}127.0.0.1:{self.port}{path}"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.speaking.wait()
                wanted = "Basic " + base64.b64encode(outer._credentials.encode()).decode()
                if outer._credentials and self.headers.get("Authorization") != wanted:
                    self.send_response(401)
                    self.send_header("WWW-Authenticate", 'Basic realm="camera"')
                    self.end_headers()
                    return
                if self.path.split("?")[0] != "/stream.mjpg":
                    self.send_error(404)
                    return
                outer.sent = 0
                self.send_response(200)
                self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
                self.end_headers()
                self._stream()

            def _stream(self) -> None:
                n = 0
                try:
                    while not outer._stopping.wait(outer._interval_s):
                        outer.speaking.wait()
                        self.wfile.write(outer._parts[n % len(outer._parts)])
                        n += 1
                        outer.sent = n
                except OSError:
                    pass

            def log_message(self, *_: object) -> None:
                pass

        return Handler
