"""What the server answers: the page, the live picture, the events, the state; nothing that writes."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Mapping
from typing import Any, Protocol

from aiohttp import web

import edge_mbv2
from edge_mbv2 import resources
from edge_mbv2.errors import EdgeError
from edge_mbv2.imaging.palette import HEX_COLOURS
from edge_mbv2.types import FrameResult
from edge_mbv2.web.access import Handler
from edge_mbv2.web.endless import endless
from edge_mbv2.web.events import KEEP_ALIVE, PREAMBLE, EventStream
from edge_mbv2.web.live import LiveVideo

_KEEP_ALIVE_S = 15.0
_SNAPSHOT_S = 5.0
_NO_STORE = {"Cache-Control": "no-store"}
_STATIC = {
    "index.html": "text/html",
    "page.css": "text/css",
    "page.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}


class Source(Protocol):
    """What the server asks the rest of the product; called in the server's thread, must not wait."""

    def state(self) -> Mapping[str, Any]:
        """Return what ``/api/v1/state`` shows, ready for JSON.

        ``cameras`` holds by name what is known of each: ``description``, ``state`` (``streaming``, or
        in words what it is doing instead), ``captured``, ``analysed``, ``dropped`` by reason,
        ``rate_hz``, ``frame_age_s``. The server adds ``width``, ``height``, ``time`` and
        ``detections`` of the newest result.
        """

    def problem(self) -> str | None:
        """Return why the product is not healthy, None when it is."""

    def record(self, result: FrameResult) -> Mapping[str, Any]:
        """Return a result as the event stream sends it."""


class Routes:
    """The handlers.

    Args:
        live: the pictures.
        events: the records.
        source: everything else.
    """

    def __init__(self, live: LiveVideo, events: EventStream, source: Source) -> None:
        self._live = live
        self._events = events
        self._source = source
        self._started_s = time.monotonic()
        folder = resources.path("edge_mbv2/web/static")
        self._static = {name: (folder / name).read_bytes() for name in _STATIC}

    def add_to(self, app: web.Application) -> None:
        """Register every route; what is not a GET of one of them is refused by the router."""
        app.add_routes(
            [
                web.get("/", self.page),
                web.get("/static/{name}", self.static),
                web.get("/healthz", self.health),
                web.get("/api/v1/state", self.state),
                web.get("/api/v1/cameras/{camera}/snapshot.jpg", self.snapshot),
                web.get("/snapshot.jpg", self.snapshot),
                web.get("/api/v1/cameras/{camera}/stream.mjpg", self.stream, allow_head=False),
                web.get("/stream.mjpg", self.stream, allow_head=False),
                web.get("/api/v1/events/stream", self.follow, allow_head=False),
            ]
        )

    async def page(self, request: web.Request) -> web.Response:
        return self._file("index.html")

    async def static(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in self._static:
            raise web.HTTPNotFound(text=f"there is no file {name!r}")
        return self._file(name)

    async def health(self, request: web.Request) -> web.Response:
        problem = self._source.problem()
        if problem is None:
            return web.json_response({"status": "ok"}, headers=_NO_STORE)
        return web.json_response({"status": "unavailable", "reason": problem}, status=503, headers=_NO_STORE)

    async def state(self, request: web.Request) -> web.Response:
        state = dict(self._source.state())
        known = state.get("cameras", {})
        cameras = {name: {**self._newest(name), **known.get(name, {})} for name in self._live.cameras}
        own = {
            "version": edge_mbv2.__version__,
            "uptime_s": round(time.monotonic() - self._started_s, 3),
            "stream_clients": self._live.viewers,
            "event_clients": self._events.clients,
            "palette": HEX_COLOURS,
        }
        return web.json_response({**own, **state, "cameras": cameras}, headers=_NO_STORE)

    async def snapshot(self, request: web.Request) -> web.Response:
        camera, overlay = self._asked(request)
        jpeg = None
        if self._live.latest(camera) is not None:
            with self._live.view(camera, overlay=overlay) as viewer, contextlib.suppress(TimeoutError):
                jpeg = await asyncio.wait_for(viewer.get(), _SNAPSHOT_S)
        if jpeg is None:
            raise web.HTTPServiceUnavailable(
                text=f"camera {camera!r} has given no picture yet", headers={"Retry-After": "1"}
            )
        return web.Response(body=jpeg, content_type="image/jpeg", headers=_NO_STORE)

    async def stream(self, request: web.Request) -> web.StreamResponse:
        camera, overlay = self._asked(request)
        response = _endless_response("multipart/x-mixed-replace; boundary=frame")
        async with endless(response, request) as send:
            with self._live.view(camera, overlay=overlay) as viewer:
                await send(b"--frame\r\n")
                while (jpeg := await viewer.get()) is not None:
                    head = b"Content-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(jpeg)
                    # The boundary goes out with the part that it ends: browsers show a part once they see it.
                    await send(head + jpeg + b"\r\n--frame\r\n")
        return response

    async def follow(self, request: web.Request) -> web.StreamResponse:
        response = _endless_response("text/event-stream")
        async with endless(response, request) as send:
            with self._events.follow() as client:
                event: bytes | None = PREAMBLE
                while event is not None:
                    await send(event)
                    try:
                        event = await asyncio.wait_for(client.get(), _KEEP_ALIVE_S)
                    except TimeoutError:
                        event = KEEP_ALIVE
        return response

    def _asked(self, request: web.Request) -> tuple[str, bool]:
        """Return the camera and whether the overlay is wanted."""
        known = self._live.cameras
        camera = request.match_info.get("camera")
        if camera is None and len(known) != 1:
            raise web.HTTPNotFound(
                text=f"there are several cameras ({', '.join(known)}): /api/v1/cameras/<name>{request.path}"
            )
        if camera is not None and camera not in known:
            raise web.HTTPNotFound(text=f"there is no camera {camera!r}; known: {', '.join(known)}")
        overlay = request.query.get("overlay", "1")
        if overlay not in ("0", "1"):
            raise web.HTTPBadRequest(text=f"overlay={overlay}: 1 (with boxes) or 0 (without) is expected")
        return camera or known[0], overlay == "1"

    def _newest(self, camera: str) -> dict[str, Any]:
        result = self._events.latest(camera)
        if result is None:
            return {"detections": []}
        record = self._source.record(result)
        return {key: record[key] for key in ("width", "height", "time", "detections")}

    def _file(self, name: str) -> web.Response:
        # no-cache: a browser asks again after an upgrade.
        return web.Response(
            body=self._static[name],
            content_type=_STATIC[name],
            charset="utf-8",
            headers={"Cache-Control": "no-cache"},
        )


def _endless_response(content_type: str) -> web.StreamResponse:
    return web.StreamResponse(headers={"Content-Type": content_type, **_NO_STORE})


@web.middleware
async def errors_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer what goes wrong with ``{"error": ...}``, the status and the headers it came with."""
    try:
        return await handler(request)
    except web.HTTPException as exc:
        if exc.status < 400:
            raise
        headers = {name: value for name, value in exc.headers.items() if name in ("Allow", "Retry-After")}
        return web.json_response({"error": exc.text}, status=exc.status, headers=headers)
    except EdgeError as exc:
        return web.json_response({"error": str(exc)}, status=500)
