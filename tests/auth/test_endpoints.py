"""Who may receive a token: a table, with every look-alike that came to mind."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from depthview.auth.endpoints import VENUE_HOSTS, VENUE_URL, Endpoint, may_receive_token, rest_base
from depthview.errors import EndpointRefused

VENUE = "advanced-trade-ws.coinbase.com"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (VENUE_URL, Endpoint("wss", VENUE, 443)),
        (f"wss://{VENUE}:443/", Endpoint("wss", VENUE, 443, "/")),
        (f"  WSS://{VENUE.upper()}  ", Endpoint("wss", VENUE, 443)),
        ("wss://host.example:8443/ws?v=1", Endpoint("wss", "host.example", 8443, "/ws?v=1")),
        ("ws://127.0.0.1:8765", Endpoint("ws", "127.0.0.1", 8765)),
        ("ws://127.9.9.9", Endpoint("ws", "127.9.9.9", 80)),
        ("ws://[::1]:9", Endpoint("ws", "::1", 9)),
        ("ws://LocalHost:9", Endpoint("ws", "localhost", 9)),
        ("wss://[2001:db8::1]:9", Endpoint("wss", "2001:db8::1", 9)),
    ],
)
def test_addresses_that_are_taken(url: str, expected: Endpoint) -> None:
    found = Endpoint.parse(url)
    assert found == expected
    assert Endpoint.parse(found.url) == found


@pytest.mark.parametrize(
    "url",
    [
        "",
        "wss://",
        "wss:///path",
        "wss://:443",
        VENUE,
        f"https://{VENUE}",
        f"http://{VENUE}",
        f"//{VENUE}",
        "file:///etc/passwd",
        f"ws://{VENUE}",
        "ws://example.com",
        "ws://10.0.0.1",
        "ws://0.0.0.0",
        "ws://128.0.0.1",
        "ws://127.0.0.1.example.com",
        "ws://localhost.example.com",
        "ws://127.1",
        "ws://2130706433",
        "ws://0x7f.0.0.1",
        "ws://[::]",
        "ws://[::ffff:127.0.0.1]",
        "ws://[::1%25lo]",
        "ws://[::1",
        f"wss://user@{VENUE}",
        f"wss://user:hunter22@{VENUE}",
        f"wss://@{VENUE}",
        f"wss://{VENUE}@evil.example",
        f"wss://{VENUE}:443@evil.example",
        f"wss://{VENUE}\\@evil.example",
        f"wss://evil.example\\{VENUE}",
        f"wss://{VENUE}#.evil.example",
        f"wss://{VENUE}#",
        f"wss://{VENUE}\n",
        f"wss://{VENUE}\t.evil.example",
        f"wss://{VENUE}\x00",
        f"wss://{VENUE}\x1b]0;x\x07",
        f"wss://ad vanced.{VENUE}",
        "wss://advanced-trade-ws.соinbase.com",  # Cyrillic letters
        "wss://advanced-trade-ws。coinbase.com",
        "wss://%61dvanced-trade-ws.coinbase.com",
        "wss://a..b",
        "wss://.example",
        "wss://-x.example",
        "wss://" + "a." * 130 + "example",
        f"wss://{VENUE}:0",
        f"wss://{VENUE}:65536",
        f"wss://{VENUE}:-1",
        f"wss://{VENUE}:44x",
    ],
)
def test_addresses_that_are_refused(url: str) -> None:
    with pytest.raises(EndpointRefused) as caught:
        Endpoint.parse(url)
    assert "\n" not in str(caught.value)
    assert "hunter22" not in str(caught.value)
    assert "\x1b" not in str(caught.value)


@given(st.text())
def test_any_text_is_taken_or_refused(text: str) -> None:
    for url in (text, "wss://" + text, f"wss://{VENUE}{text}"):
        try:
            endpoint = Endpoint.parse(url)
        except EndpointRefused:
            continue
        assert endpoint.tls or endpoint.loopback
        if may_receive_token(endpoint, credentials_explicit=False):
            assert endpoint.host in VENUE_HOSTS
            assert endpoint.port == 443


@pytest.mark.parametrize(
    ("url", "implicit", "explicit"),
    [
        (VENUE_URL, True, True),
        ("wss://advanced-trade-ws-user.coinbase.com", True, True),
        (f"wss://{VENUE.upper()}:443/path", True, True),
        # Look-alikes: a key that was merely found must not go there.
        (f"wss://{VENUE}:444", False, True),
        (f"wss://{VENUE}.", False, True),
        (f"wss://{VENUE}.evil.example", False, True),
        (f"wss://evil.example/{VENUE}", False, True),
        (f"wss://evil.example?{VENUE}", False, True),
        (f"wss://x.{VENUE}", False, True),
        ("wss://advanced-trade-ws-sandbox.coinbase.com", False, True),
        ("wss://advanced-trade-ws.coinbase.co", False, True),
        ("wss://xn--advanced-trade-ws.coinbase.com", False, True),
        ("wss://coinbase.com", False, True),
        ("wss://api.coinbase.com", False, True),
        ("wss://host.example", False, True),
        ("ws://127.0.0.1:8765", False, True),
        ("ws://localhost:8765", False, True),
    ],
)
def test_who_may_receive_a_token(url: str, implicit: bool, explicit: bool) -> None:
    endpoint = Endpoint.parse(url)
    assert may_receive_token(endpoint, credentials_explicit=False) is implicit
    assert may_receive_token(endpoint, credentials_explicit=True) is explicit


def test_an_address_in_the_clear_gets_none_even_if_it_was_not_parsed() -> None:
    assert not may_receive_token(Endpoint("ws", VENUE, 443), credentials_explicit=True)
    assert not may_receive_token(Endpoint("ws", "host.example", 80), credentials_explicit=True)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (VENUE_URL, "https://api.coinbase.com"),
        ("wss://advanced-trade-ws-user.coinbase.com", "https://api.coinbase.com"),
        (f"wss://{VENUE}:444", f"https://{VENUE}:444"),
        ("wss://host.example/ws", "https://host.example"),
        ("wss://host.example:80", "https://host.example:80"),
        ("wss://[2001:db8::1]:9/x?y", "https://[2001:db8::1]:9"),
        ("ws://127.0.0.1:8765", "http://127.0.0.1:8765"),
        ("ws://[::1]", "http://[::1]"),
        ("ws://localhost:443", "http://localhost:443"),
    ],
)
def test_the_rest_interface_that_belongs_to_it(url: str, expected: str) -> None:
    assert rest_base(Endpoint.parse(url)) == expected


def test_the_query_is_for_the_host_only() -> None:
    endpoint = Endpoint.parse("wss://host.example:9/x?secret=hunter22")
    assert endpoint.shown == "host.example:9"
