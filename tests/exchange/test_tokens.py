"""Tokens: each fault on its own ground, and the venue's two words for all of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from depthview.clock import ManualClock, SystemClock
from depthview.errors import ConfigurationError, CredentialError
from depthview.exchange.keys import ThrowAwayKey, load_public_key, make_key, write_key_file
from depthview.exchange.messages import ErrorText
from depthview.exchange.options import AuthPolicy, ClaimsPolicy, ExchangeOptions, NoncePolicy
from depthview.exchange.server import Exchange
from depthview.exchange.tokens import RefusalReason, TokenRefused, TokenVerifier
from tests.exchange.client import connected, sign

if TYPE_CHECKING:
    from pathlib import Path

NOW = 1_800_000_000.75
KEY = make_key()
OTHER = make_key()


def _judge(**policies: Any) -> TokenVerifier:  # noqa: ANN401  # options of several types
    return TokenVerifier(ExchangeOptions(keys={KEY.name: KEY.public_key}, **policies), ManualClock(unix=NOW))


def _grounds(judge: TokenVerifier, token: str) -> RefusalReason:
    with pytest.raises(TokenRefused) as refusal:
        judge.accept(token)
    return refusal.value.reason


def test_a_token_as_documented_is_accepted_under_every_policy() -> None:
    _judge().accept(sign(KEY, NOW))
    _judge(claims=ClaimsPolicy.STRICT, nonce=NoncePolicy.STRICT).accept(sign(KEY, NOW))


def test_a_missing_typ_is_fine() -> None:
    token = sign(KEY, NOW, header={"typ": ""})
    assert "typ" not in jwt.get_unverified_header(token)
    _judge().accept(token)


def test_eddsa_is_accepted_from_an_ed25519_key() -> None:
    private = Ed25519PrivateKey.generate()
    judge = TokenVerifier(ExchangeOptions(keys={"k": private.public_key()}), ManualClock(unix=NOW))
    claims = {"sub": "k", "nbf": int(NOW), "exp": int(NOW) + 60}
    judge.accept(jwt.encode(claims, private, algorithm="EdDSA", headers={"kid": "k", "nonce": "1"}))
    assert _grounds(judge, sign(KEY, NOW, header={"kid": "k"}, claims={"sub": "k"})) is RefusalReason.ALGORITHM


@pytest.mark.parametrize(
    ("header", "claims", "reason"),
    [
        ({"kid": None}, {}, RefusalReason.NO_KEY_NAME),
        ({"kid": "organizations/x"}, {"sub": "organizations/x"}, RefusalReason.UNKNOWN_KEY),
        ({}, {"sub": "organizations/x"}, RefusalReason.SUBJECT),
        ({}, {"sub": None}, RefusalReason.SUBJECT),
        ({}, {"nbf": int(NOW) + 1}, RefusalReason.NOT_YET_VALID),
        ({}, {"nbf": str(int(NOW))}, RefusalReason.NOT_BEFORE),
        ({}, {"nbf": True}, RefusalReason.NOT_BEFORE),
        ({}, {"nbf": NOW}, RefusalReason.NOT_BEFORE),
        ({}, {"nbf": None}, RefusalReason.NOT_BEFORE),
        ({}, {"exp": int(NOW)}, RefusalReason.EXPIRED),
        ({}, {"exp": str(int(NOW) + 60)}, RefusalReason.EXPIRY),
        ({}, {"exp": None}, RefusalReason.EXPIRY),
        ({"nonce": None}, {}, RefusalReason.NO_NONCE),
        ({"nonce": ""}, {}, RefusalReason.NO_NONCE),
        ({"nonce": 7}, {}, RefusalReason.NO_NONCE),
    ],
)
def test_each_fault_is_refused_on_its_own_ground(
    header: dict[str, Any], claims: dict[str, Any], reason: RefusalReason
) -> None:
    assert _grounds(_judge(), sign(KEY, NOW, header=header, claims=claims)) is reason


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"iss": "coinbase-cloud"}, RefusalReason.ISSUER),
        ({"iss": None}, RefusalReason.ISSUER),
        ({"aud": ["cdp_service"]}, RefusalReason.AUDIENCE),
        ({"uri": "GET api.coinbase.com/x"}, RefusalReason.URI),
        ({"exp": int(NOW) + 121}, RefusalReason.LIFE),
    ],
)
def test_odd_claims_are_refused_when_strict_and_only_then(claims: dict[str, Any], reason: RefusalReason) -> None:
    token = sign(KEY, NOW, claims=claims)
    assert _grounds(_judge(claims=ClaimsPolicy.STRICT), token) is reason
    _judge().accept(token)


def test_a_nonce_may_come_again_unless_strict() -> None:
    token = sign(KEY, NOW)
    lenient, strict = _judge(), _judge(nonce=NoncePolicy.STRICT)
    lenient.accept(token)
    lenient.accept(token)
    strict.accept(token)
    assert _grounds(strict, token) is RefusalReason.NONCE_REUSED


def test_a_refused_token_does_not_spend_its_nonce() -> None:
    judge = _judge(nonce=NoncePolicy.STRICT)
    assert _grounds(judge, sign(KEY, NOW, header={"nonce": "n"}, claims={"sub": "x"})) is RefusalReason.SUBJECT
    judge.accept(sign(KEY, NOW, header={"nonce": "n"}))


def test_a_token_of_an_unknown_key_under_a_known_name_does_not_verify() -> None:
    token = sign(OTHER, NOW, header={"kid": KEY.name}, claims={"sub": KEY.name})
    assert _grounds(_judge(), token) is RefusalReason.SIGNATURE


def test_a_token_that_was_tampered_with_does_not_verify() -> None:
    head, _, signature = sign(KEY, NOW).split(".")
    body = sign(KEY, NOW, claims={"exp": int(NOW) + 999}).split(".")[1]
    assert _grounds(_judge(), f"{head}.{body}.{signature}") is RefusalReason.SIGNATURE


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "..", "é.é.é", "e30.e30.", "W10.e30.AA", "[" * 4_000])
def test_what_is_not_a_token_is_malformed(token: str) -> None:
    assert _grounds(_judge(), token) in {RefusalReason.MALFORMED, RefusalReason.NO_KEY_NAME}


def test_an_unsigned_token_is_refused() -> None:
    token = jwt.encode({"sub": KEY.name}, "", algorithm="none", headers={"kid": KEY.name, "nonce": "1"})
    assert _grounds(_judge(), token) is RefusalReason.ALGORITHM


async def _answer(options: ExchangeOptions, **fields: object) -> tuple[str, list[str]]:
    """What a level2 subscription with these fields is told, and the reason on record."""
    async with Exchange(options, SystemClock()) as exchange, connected(exchange.url) as client:
        await client.subscribe("level2", "XLM-EUR", **fields)
        frame = await client.until(lambda frame: frame.get("channel") != "l2_data")
        assert all(refusal.text is ErrorText.AUTHENTICATION for refusal in exchange.refusals)
        return json.dumps(frame), [refusal.reason for refusal in exchange.refusals]


_REFUSAL = '{"type": "error", "message": "authentication failure"}'


@pytest.mark.usefixtures("strict_loop")
async def test_on_the_wire_every_refusal_reads_the_same() -> None:
    options = ExchangeOptions(products=("XLM-EUR",), keys={KEY.name: KEY.public_key})
    now = SystemClock().unix()
    for token, reason in [
        (sign(OTHER, now), RefusalReason.UNKNOWN_KEY),
        (sign(KEY, now - 121), RefusalReason.EXPIRED),
        (sign(KEY, now + 30), RefusalReason.NOT_YET_VALID),
        ("not.a.token", RefusalReason.MALFORMED),
        ("", RefusalReason.MALFORMED),
        (17, RefusalReason.MALFORMED),
    ]:
        assert await _answer(options, jwt=token) == (_REFUSAL, [reason.value])


@pytest.mark.usefixtures("strict_loop")
async def test_a_good_token_or_none_is_obeyed_unless_one_is_required() -> None:
    optional = ExchangeOptions(products=("XLM-EUR",), keys={KEY.name: KEY.public_key})
    required = ExchangeOptions(products=("XLM-EUR",), keys={KEY.name: KEY.public_key}, auth=AuthPolicy.REQUIRED)
    for options in (optional, required):
        answer, reason = await _answer(options, jwt=sign(KEY, SystemClock().unix()))
        assert '"subscriptions"' in answer
        assert reason == []
    for absent in ({}, {"jwt": None}):
        answer, _ = await _answer(optional, **absent)
        assert '"subscriptions"' in answer
        assert await _answer(required, **absent) == (_REFUSAL, [RefusalReason.NO_TOKEN.value])


def test_a_key_shows_nothing_of_itself() -> None:
    secret = KEY.private_pem.splitlines()[1]
    assert KEY.private_pem.startswith("-----BEGIN EC PRIVATE KEY-----\n")
    assert secret not in repr(KEY)
    assert "PRIVATE" not in repr(KEY)


def test_a_key_file_is_new_private_and_whole(tmp_path: Path) -> None:
    path = tmp_path / "key.json"
    write_key_file(path, KEY)
    assert json.loads(path.read_text()) == {"name": KEY.name, "privateKey": KEY.private_pem}
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(ConfigurationError, match="exists already: remove it"):
        write_key_file(path, OTHER)
    link = tmp_path / "link.json"
    link.symlink_to(tmp_path / "elsewhere.json")
    with pytest.raises(ConfigurationError, match="exists already"):
        write_key_file(link, OTHER)
    assert not (tmp_path / "elsewhere.json").exists()


def _public_pem(key: ThrowAwayKey) -> bytes:
    return key.public_key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def test_a_public_key_is_read_from_its_pem(tmp_path: Path) -> None:
    path = tmp_path / "public.pem"
    path.write_bytes(_public_pem(KEY))
    loaded = load_public_key(path)
    TokenVerifier(ExchangeOptions(keys={KEY.name: loaded}), ManualClock(unix=NOW)).accept(sign(KEY, NOW))


def test_what_is_no_public_key_is_refused_with_the_cure(tmp_path: Path) -> None:
    path = tmp_path / "public.pem"
    curve384 = generate_private_key(SECP384R1()).public_key()
    for content, cure in [
        (b"hello", "BEGIN PUBLIC KEY"),
        (KEY.private_pem.encode(), "openssl pkey -pubout"),
        (b"x" * 100_000, "too large"),
        (
            curve384.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo),
            "P-256",
        ),
    ]:
        path.write_bytes(content)
        with pytest.raises(CredentialError, match=cure) as refusal:
            load_public_key(path)
        assert KEY.private_pem.splitlines()[1] not in str(refusal.value)
    with pytest.raises(CredentialError, match="check the path"):
        load_public_key(tmp_path / "absent.pem")
