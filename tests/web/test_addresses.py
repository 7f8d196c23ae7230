"""What a person is told to open."""

from __future__ import annotations

import getpass
import ipaddress
import socket
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from edge_mbv2.errors import UsageError
from edge_mbv2.web import addresses as addresses_module
from edge_mbv2.web.addresses import addresses, is_loopback, resolve, ssh_line


def test_loopback() -> None:
    assert addresses("127.0.0.1", 8080, None) == ["http://127.0.0.1:8080/"]
    assert addresses("localhost", 80, None)[0] in ("http://127.0.0.1:80/", "http://[::1]:80/")
    assert addresses("::1", 8080, None) == ["http://[::1]:8080/"]


def test_the_token_is_a_part_of_the_address_whatever_it_holds() -> None:
    token = "a&b=c#d/e+f%g?0123"
    (address,) = addresses("192.0.2.7", 8080, token)
    assert address.startswith("http://192.0.2.7:8080/?token=")
    assert parse_qs(urlsplit(address).query) == {"token": [token]}
    assert urlsplit(address).fragment == ""


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_every_address_of_the_machine_can_be_opened(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses_module, "_own_addresses", lambda: ["192.0.2.7", "198.51.100.1"])
    monkeypatch.setattr(addresses_module, "_AVAHI", Path("/nonexistent"))
    assert addresses(host, 8080, None) == ["http://192.0.2.7:8080/", "http://198.51.100.1:8080/"]


def test_the_name_in_the_local_network_is_told_where_it_is_announced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(addresses_module, "_own_addresses", lambda: ["192.0.2.7"])
    monkeypatch.setattr(addresses_module, "_AVAHI", tmp_path)
    monkeypatch.setattr(socket, "gethostname", lambda: "garden.example")
    assert addresses("0.0.0.0", 80, None) == ["http://192.0.2.7:80/", "http://garden.local:80/"]


def test_a_machine_without_network_still_has_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses_module, "_own_addresses", list)
    monkeypatch.setattr(addresses_module, "_AVAHI", Path("/nonexistent"))
    monkeypatch.setattr(socket, "gethostname", lambda: "garden")
    assert addresses("0.0.0.0", 80, None) == ["http://garden:80/"]


def test_own_addresses_are_real_ones() -> None:
    """Whatever this machine has: each can be bound, and none is loopback."""
    for address in addresses_module._own_addresses():
        assert not ipaddress.ip_address(address).is_loopback
        with socket.socket() as probe:
            probe.bind((address, 0))


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.3.2.1", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.0.2.7", False),
    ],
)
def test_loopback_is_told_from_the_rest(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


@pytest.mark.parametrize("host", ["no such host", "a..b", "x" * 300])
def test_an_unknown_host_is_told(host: str) -> None:
    with pytest.raises(UsageError, match=r"--host .*: no such address; use 127\.0\.0\.1"):
        resolve(host)


def test_the_tunnel_goes_to_where_the_person_came_from() -> None:
    over_ssh = {"SSH_CONNECTION": "198.51.100.1 50000 192.0.2.7 22"}
    assert ssh_line(8080, over_ssh) == f"ssh -L 8080:127.0.0.1:8080 {getpass.getuser()}@192.0.2.7"
    assert ssh_line(80, {}) == f"ssh -L 80:127.0.0.1:80 {getpass.getuser()}@{socket.gethostname()}"
