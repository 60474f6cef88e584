"""A token that was made elsewhere: taken, stripped, handed out while it lives, and refused where it cannot work."""

from __future__ import annotations

import pytest

from depthview.auth.ready_token import ReadyTokenSource, ready_token_from
from depthview.clock import ManualClock
from depthview.errors import CredentialError
from tests.auth.keys import NAME, forms, secret_pieces
from tests.auth.made_tokens import NONCE, NOW, claims, header, made

TOKEN = made()


@pytest.mark.parametrize(
    ("value", "stripped"),
    [
        (TOKEN, ()),
        (f"export JWT={TOKEN}", ("an `export JWT=` prefix",)),
        (f'"{TOKEN}"\n', ("quotes",)),
        (f"Generated JWT Token: {TOKEN}", ("text around it",)),
    ],
)
def test_it_is_taken_and_what_was_around_it_named(value: str, stripped: tuple[str, ...]) -> None:
    ready = ready_token_from({"JWT": value}, NOW + 1.0)
    assert ready.text.reveal() == TOKEN
    assert ready.stripped == stripped
    assert (ready.key_tail, ready.algorithm, ready.expires_at) == (NAME[-4:], "ES256", NOW + 120)
    assert ready.source == "ready-made token in JWT"


def test_it_is_handed_out_until_it_expires_and_then_there_is_none() -> None:
    clock = ManualClock(NOW + 1.0)
    source = ReadyTokenSource(ready_token_from({"JWT": TOKEN}, clock.unix()), clock)
    first, second = source.sign(), source.sign()
    assert first is not None
    assert first == second
    assert (first.text, first.expires_at, first.expires_at - first.issued_at) == (TOKEN, NOW + 120, 120)
    clock.advance(118.5)
    assert source.sign() == first
    clock.advance(0.5)
    assert source.sign() is None


def test_old_claims_are_taken_and_pointed_out() -> None:
    ready = ready_token_from({"JWT": made(None, claims(iss="coinbase-cloud", aud=["x"]))}, NOW + 1.0)
    assert [finding.part for finding in ready.findings] == ["claims.iss", "claims.aud"]


REFUSED: dict[str, tuple[str, str]] = {
    "nothing": ("", "does not exist"),
    "spaces": (" ", "does not exist"),
    "a word": ("hunter22hunter22", "is not a token"),
    "a private key": (forms().sec1, "is a private key"),
    "far too long": ("x" * 70_000, "over 64 KiB"),
    "expired": (made(None, claims(nbf=NOW - 300, exp=NOW - 180)), "claims.exp: expired"),
    "not yet valid": (made(None, claims(nbf=NOW + 60, exp=NOW + 180)), "claims.nbf: not yet valid"),
    "no nonce": (made(header(nonce=None)), "header.nonce"),
    "somebody else's": (made(header(kid="user-1"), claims(sub="user-1")), "not one of the venue's: kid"),
    "another issuer": (made(None, claims(iss="https://accounts.example")), "not one of the venue's: iss"),
    "HS256": (made(header(alg="HS256")), "header.alg"),
    "strings for times": (made(None, claims(nbf=str(NOW), exp=str(NOW + 120))), "claims.nbf: nbf is a string"),
}


@pytest.mark.parametrize(("value", "named"), REFUSED.values(), ids=REFUSED)
def test_what_does_not_look_like_one_of_the_venue_s_is_refused(value: str, named: str) -> None:
    with pytest.raises(CredentialError) as caught:
        ready_token_from({"JWT": value}, NOW + 1.0)
    text = str(caught.value)
    assert named in text
    assert ": " in text
    assert "\n" not in text
    assert not [piece for piece in secret_pieces(value) if piece in text]
    assert caught.value.__context__ is None


def test_it_hides_itself() -> None:
    shown = repr(ready_token_from({"JWT": TOKEN}, NOW + 1.0))
    assert "ready_token" not in shown
    assert not [piece for piece in secret_pieces(TOKEN) if piece in shown]
    assert NONCE not in shown
