"""Who may look: tokens where others can reach the page, loopback names where none is asked for."""

from __future__ import annotations

import base64
import logging
from collections.abc import Iterator

import pytest
from fakes.http import ask
from fakes.results import result
from fakes.web import FakeProduct, serving

TOKEN = "a-token-that-nobody-guesses-42"
PATHS = [
    "/",
    "/static/page.js",
    "/healthz",
    "/api/v1/state",
    "/snapshot.jpg",
    "/stream.mjpg",
    "/api/v1/cameras/yard/stream.mjpg",
    "/api/v1/cameras/nobody/stream.mjpg",
    "/api/v1/events/stream",
    "/nothing",
]


@pytest.fixture(scope="module")
def closed() -> Iterator[FakeProduct]:
    with serving(host="0.0.0.0", token=TOKEN) as product:
        product.publish(result())
        yield product


@pytest.fixture(scope="module")
def local() -> Iterator[FakeProduct]:
    with serving() as product:
        product.publish(result())
        yield product


@pytest.mark.parametrize("path", PATHS)
def test_every_route_asks_for_the_token(path: str, closed: FakeProduct) -> None:
    answer = ask(closed.server.port, path)
    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="edge-mbv2"'
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert TOKEN.encode() not in answer.body


def test_a_person_is_asked_in_words(closed: FakeProduct) -> None:
    answer = ask(closed.server.port, "/")
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert b'<input name="token" type="password"' in answer.body
    assert "token" in ask(closed.server.port, "/api/v1/state").json["error"]


@pytest.mark.parametrize("path", ["/", "/healthz", "/api/v1/state", "/snapshot.jpg", "/static/page.css"])
def test_three_ways_to_show_it(path: str, closed: FakeProduct) -> None:
    port = closed.server.port
    assert ask(port, path, Authorization=f"Bearer {TOKEN}").status == 200
    assert ask(port, path, Authorization=f"bearer {TOKEN}").status == 200
    assert ask(port, path, Cookie=f"edge_mbv2_token_{port}={TOKEN}").status == 200
    assert ask(port, f"{path}?token={TOKEN}").status == (303 if path == "/" else 200)


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": f"Bearer {TOKEN}x"},
        {"Authorization": f"Bearer {TOKEN[:-1]}"},
        {"Authorization": "Bearer "},
        {"Authorization": TOKEN},
        {"Authorization": "Basic " + base64.b64encode(f"x:{TOKEN}".encode()).decode()},
        {"Authorization": "Bearer \u00e9\u00e9"},
        {"Cookie": f"edge_mbv2_token_1={TOKEN}"},
        {"Cookie": "edge_mbv2_token_{port}=wrong"},
    ],
)
def test_nothing_else_opens(headers: dict[str, str], closed: FakeProduct) -> None:
    shown = {name: value.format(port=closed.server.port) for name, value in headers.items()}
    assert ask(closed.server.port, "/healthz", **shown).status == 401
    assert ask(closed.server.port, "/healthz?token=", **shown).status == 401
    assert ask(closed.server.port, "/healthz?token=%ff%fe", **shown).status == 401


def test_opening_the_address_leaves_a_cookie_and_a_clean_address(closed: FakeProduct) -> None:
    port = closed.server.port
    answer = ask(port, f"/?token={TOKEN}")
    assert (answer.status, answer.headers["Location"]) == (303, "/")
    assert TOKEN.encode() not in answer.body
    cookie, *attributes = answer.headers["Set-Cookie"].split("; ")
    assert cookie == f"edge_mbv2_token_{port}={TOKEN}"
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(attributes)
    assert ask(port, "/", Cookie=cookie).status == 200


def test_wrong_tokens_leave_no_cookie(closed: FakeProduct) -> None:
    answer = ask(closed.server.port, "/?token=wrong")
    assert answer.status == 401
    assert "Set-Cookie" not in answer.headers


def test_the_token_is_never_logged(closed: FakeProduct, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    ask(closed.server.port, f"/?token={TOKEN}")
    ask(closed.server.port, f"/nothing?token={TOKEN}", Authorization=f"Bearer {TOKEN}")
    assert TOKEN not in caplog.text


def test_with_a_token_any_host_name_will_do(closed: FakeProduct) -> None:
    port = closed.server.port
    assert ask(port, "/healthz", Host="board.example:80", Authorization=f"Bearer {TOKEN}").status == 200


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST:8080", "localhost.", "127.0.0.1:1", "127.9.9.9", "[::1]:8080", "page.localhost"],
)
def test_loopback_names_are_answered(host: str, local: FakeProduct) -> None:
    assert ask(local.server.port, "/snapshot.jpg", Host=host).status == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8080",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "192.168.1.5",
        "0.0.0.0",
        "[::2]",
        "::1",
        "[",
        "",
    ],
)
def test_other_names_are_refused(host: str, local: FakeProduct) -> None:
    for path in PATHS:
        answer = ask(local.server.port, path, Host=host)
        assert answer.status == 403
        assert answer.json["error"] == f"this page answers to localhost only, not to {host!r}"


def test_no_other_sites_page_may_show_the_picture(local: FakeProduct, closed: FakeProduct) -> None:
    assert ask(local.server.port, "/snapshot.jpg").headers["Cross-Origin-Resource-Policy"] == "same-origin"
    shown = ask(closed.server.port, f"/snapshot.jpg?token={TOKEN}")
    assert "Cross-Origin-Resource-Policy" not in shown.headers
