"""Who may look: decides for every request before any handler sees it.

On loopback without a token the ``Host`` header must name loopback, or a web page elsewhere could
point a name of its own at 127.0.0.1 and read what it likes (DNS rebinding). With a token, it is
asked for on every route: as ``Authorization: Bearer``, as ``?token=``, or as the cookie that opening
``/?token=...`` sets.
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Awaitable, Callable

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_HEADERS = {
    "Server": "edge-mbv2",
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",  # an address may hold the token
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}

_ASK = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>edge-mbv2</title>
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"></head>
<body><h1>edge-mbv2</h1>
<p>This page needs its token. <a href="/">Try again</a> if you came by a link from elsewhere, open the
whole address that edge-mbv2 printed when it started, or enter the token:</p>
<form action="/"><label>Token <input name="token" type="password" required></label>
<button>Open</button></form></body></html>
"""


class Access:
    """Checks requests.

    Args:
        token: which clients must show; None admits every client that names loopback.
        cookie: the name under which a browser keeps the token; one for each port, since browsers send
            a cookie to all ports of a host.
    """

    def __init__(self, token: str | None, *, cookie: str) -> None:
        self._token = token
        self._cookie = cookie

    async def protect(self, request: web.Request, response: web.StreamResponse) -> None:
        """Add the headers that keep browsers from doing more than the page needs."""
        response.headers.update(_HEADERS)
        if self._token is None:  # without a token no other site's page may show the picture
            response.headers["Cross-Origin-Resource-Policy"] = "same-origin"

    @web.middleware
    async def check(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Pass the request on to ``handler``, or answer it."""
        if self._token is None:
            if not _names_loopback(request.host):
                return _refuse(403, f"this page answers to localhost only, not to {request.host!r}")
        elif not self._knows_token(request):
            return self._ask(request)
        elif request.path == "/" and "token" in request.query:
            return self._remember()
        return await handler(request)

    def _knows_token(self, request: web.Request) -> bool:
        scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
        shown = (
            bearer.strip() if scheme.lower() == "bearer" else None,
            request.query.get("token"),
            request.cookies.get(self._cookie),
        )
        return any(token is not None and self._is_token(token) for token in shown)

    def _is_token(self, token: str) -> bool:
        assert self._token is not None
        return hmac.compare_digest(token.encode("utf-8", "replace"), self._token.encode())

    def _remember(self) -> web.Response:
        """Put the token into a cookie, and out of the address and the history."""
        assert self._token is not None
        response = web.Response(status=303, headers={"Location": "/", "Cache-Control": "no-store"})
        response.set_cookie(
            self._cookie, self._token, max_age=365 * 86400, path="/", httponly=True, samesite="Strict"
        )
        return response

    def _ask(self, request: web.Request) -> web.Response:
        if request.path == "/":
            response = web.Response(status=401, text=_ASK, content_type="text/html")
        else:
            response = _refuse(401, "a token is needed: 'Authorization: Bearer <token>' or '?token=<token>'")
        response.headers["WWW-Authenticate"] = 'Bearer realm="edge-mbv2"'
        response.headers["Cache-Control"] = "no-store"
        return response


def _refuse(status: int, message: str) -> web.Response:
    return web.json_response({"error": message}, status=status)


def _names_loopback(host: str) -> bool:
    """Tell whether a ``Host`` header, with or without a port, names this machine's loopback."""
    name = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
    name = name.rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
