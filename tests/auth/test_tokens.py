"""Tokens: signed, verified with the public half, fresh each time, and never shown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import jwt
import pytest
from cryptography.exceptions import UnsupportedAlgorithm
from hypothesis import given
from hypothesis import strategies as st

from depthview.auth.credentials import Credentials, from_environment
from depthview.auth.tokens import Signer
from depthview.clock import ManualClock
from depthview.errors import SigningFailed
from tests.auth.keys import NAME, forms, new_ec

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

F = forms()
NOW = 1_786_309_548.9


def _credentials(private_key: str = F.sec1) -> Credentials:
    return from_environment({"COINBASE_API_KEY": NAME, "COINBASE_API_SECRET": private_key})


def _public(credentials: Credentials) -> EllipticCurvePublicKey | Ed25519PublicKey:
    return credentials.private_key.reveal().public_key()


@pytest.mark.parametrize(
    ("private_key", "algorithm"), [(F.sec1, "ES256"), (F.ed25519_64, "EdDSA")], ids=["ES256", "EdDSA"]
)
def test_a_token_is_what_the_venue_documents(private_key: str, algorithm: str) -> None:
    credentials = _credentials(private_key)
    token = Signer(credentials, ManualClock(NOW)).sign()
    header = jwt.get_unverified_header(token.text)
    options = {"verify_exp": False, "verify_nbf": False}
    claims = jwt.decode(token.text, _public(credentials), algorithms=[algorithm], options=options)  # type: ignore[arg-type]  # a dict is what it takes
    assert header == {"alg": algorithm, "kid": NAME, "nonce": token.nonce, "typ": "JWT"}
    assert claims == {"sub": NAME, "iss": "cdp", "nbf": 1_786_309_543, "exp": 1_786_309_663}
    assert (token.issued_at, token.expires_at) == (NOW, 1_786_309_663.0)
    assert re.fullmatch(r"[0-9a-f]{32}", token.nonce)
    assert re.fullmatch(r"[\w-]+\.[\w-]+\.[\w-]{86}", token.text)  # raw r and s, not DER; no padding


def test_a_library_that_will_not_sign_is_named_and_nothing_of_the_key_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> str:
        raise UnsupportedAlgorithm("not in this mode")

    monkeypatch.setattr(jwt, "encode", refuse)
    with pytest.raises(SigningFailed, match="the key does not sign: check that OpenSSL") as failed:
        Signer(_credentials(), ManualClock(NOW)).sign()
    assert failed.value.__cause__ is failed.value.__context__ is None


@given(st.floats(min_value=0, max_value=4e9))
def test_claims_are_whole_numbers_that_hold_now_and_at_most_120_s(now: float) -> None:
    token = Signer(CREDENTIALS, ManualClock(now)).sign()
    claims = jwt.decode(token.text, options={"verify_signature": False})
    assert isinstance(claims["nbf"], int)
    assert isinstance(claims["exp"], int)
    assert claims["nbf"] <= now < claims["exp"]
    assert claims["exp"] - claims["nbf"] <= 120


CREDENTIALS = _credentials()


def test_no_two_tokens_are_alike() -> None:
    signer = Signer(CREDENTIALS, ManualClock(NOW))
    tokens = [signer.sign() for _ in range(50)]
    assert len({token.nonce for token in tokens}) == 50
    assert len({token.text for token in tokens}) == 50


def test_each_is_signed_at_its_own_time() -> None:
    clock = ManualClock(NOW)
    signer = Signer(CREDENTIALS, clock)
    first = signer.sign()
    clock.advance(100)
    assert signer.sign().expires_at - first.expires_at == 100


def test_another_key_s_public_half_does_not_verify_it() -> None:
    token = Signer(CREDENTIALS, ManualClock(NOW)).sign()
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(token.text, new_ec().public_key(), algorithms=["ES256"])


def test_a_token_hides_itself() -> None:
    token = Signer(CREDENTIALS, ManualClock(NOW)).sign()
    shown = repr(token) + str(token) + f"{token}"
    assert "expires_at=1786309663.0" in shown
    assert not [part for part in token.text.split(".") if part in shown]
    assert token.nonce not in shown
