"""One case for each row of the protocol notes on failing authentication, and the order among several."""

from __future__ import annotations

from dataclasses import replace

import pytest

from depthview.auth.diagnosis import RefusalFacts, clock_fault, likely_causes
from depthview.auth.keys import KeyEvidence
from depthview.auth.token_report import explain, take_apart
from depthview.core.clock_offset import Offset
from tests.auth.keys import NAME
from tests.auth.made_tokens import NOW, claims, header, made

GOOD = RefusalFacts(
    now=float(NOW),
    channel="heartbeats",
    key_name=NAME,
    algorithm="ES256",
    offset=Offset(0.1, 0.5, "test"),
    same_without_token=True,
)


def _with_token(token: str) -> RefusalFacts:
    return replace(GOOD, token_findings=explain(take_apart(token), NOW + 1.0, None).findings)


ROWS: dict[str, tuple[RefusalFacts, str, str]] = {
    "misspelt channel": (
        replace(GOOD, channel="heartbeat", same_without_token=False),
        "misspelt one with the same words",
        "write heartbeats",
    ),
    "channel of the Exchange": (
        replace(GOOD, channel="full", same_without_token=None),
        "Coinbase Exchange's, not of Advanced Trade",
        "use level2",
    ),
    "key of the Exchange": (
        replace(GOOD, key_name="0123456789abcdef0123456789abcdef"),
        "looks like the key of Coinbase Exchange",
        "Secret API key",
    ),
    "legacy key": (replace(GOOD, key_name="a8Kd03kLmN7qRs5T"), "legacy (HMAC)", "Secret API key"),
    "clock ahead": (
        replace(GOOD, offset=Offset(300.0, 0.5, "test")),
        "300 s ahead of the venue's",
        "--clock-offset auto",
    ),
    "clock behind": (
        replace(GOOD, offset=Offset(-300.0, 0.5, "test")),
        "300 s behind the venue's",
        "--clock-offset auto",
    ),
    "clock perhaps ahead": (
        replace(GOOD, offset=Offset(4.8, 0.5, "test")),
        "may be over 5 s ahead",
        "--clock-offset auto",
    ),
    "Ed25519": (replace(GOOD, algorithm="EdDSA"), "reported to work and not proved", "ECDSA key"),
    "claims of before May 2024": (
        _with_token(made(None, claims(iss="coinbase-cloud", aud=["public_websocket_api"]))),
        "claims.iss of the token: iss is coinbase-cloud",
        'set "iss": "cdp"',
    ),
    "iss is the key name": (_with_token(made(None, claims(iss=NAME))), "iss is the key's name", 'set "iss": "cdp"'),
    "times as strings": (
        _with_token(made(None, claims(nbf=str(NOW), exp=str(NOW + 120)))),
        "claims.nbf of the token: nbf is a string",
        "remove the quotes",
    ),
    "no nonce": (_with_token(made(header(nonce=None))), "nonce is missing", "32 hex digits"),
    "new key": (
        replace(GOOD, evidence=KeyEvidence(created_at=NOW - 3600.0)),
        "younger than 48 h",
        "CDP portal whether it is active",
    ),
    "bound to addresses": (
        replace(GOOD, evidence=KeyEvidence(addresses=2)),
        "from 2 addresses only",
        "this machine's address is allowed",
    ),
    "no view scope": (
        replace(GOOD, evidence=KeyEvidence(views=False)),
        "none of them is view",
        "view rights",
    ),
    "disabled": (replace(GOOD, evidence=KeyEvidence(enabled=False)), "says that the key is disabled", "enable it"),
    "two halves of two keys": (
        replace(GOOD, evidence=KeyEvidence(public_key_fits=False)),
        "does not belong to its privateKey",
        "download the key file again",
    ),
    "broken name": (replace(GOOD, key_name="my-key"), "does not look like one of the venue's", "copy the whole name"),
    "dead or foreign key": (GOOD, "the venue does not know the key", "CDP portal"),
    "comes and goes": (replace(GOOD, accepted_before=True), "reported and unexplained", "wait for the next try"),
    "refused without a token too": (
        replace(GOOD, same_without_token=False),
        "is refused without a token too",
        "check the products",
    ),
    "clock unknown": (replace(GOOD, offset=None), "has not been compared", "depthview doctor"),
}


@pytest.mark.parametrize(("facts", "what", "cure"), ROWS.values(), ids=ROWS)
def test_the_likeliest_cause_of_each_row(facts: RefusalFacts, what: str, cure: str) -> None:
    first = likely_causes(facts)[0]
    assert what in first.what
    assert cure in first.cure


def test_a_token_where_none_is_needed_can_be_left_out() -> None:
    cures = [cause.cure for cause in likely_causes(GOOD)]
    assert any("--public" in cure for cure in cures[1:])


def test_the_surest_evidence_comes_first() -> None:
    facts = replace(
        GOOD,
        offset=Offset(300.0, 0.5, "test"),
        algorithm="EdDSA",
        evidence=KeyEvidence(enabled=False, created_at=NOW - 60.0, addresses=1),
    )
    told = [cause.what for cause in likely_causes(facts)]
    places = [
        next(at for at, what in enumerate(told) if words in what)
        for words in ("ahead", "disabled", "younger", "1 address", "Ed25519", "does not know")
    ]
    assert places == sorted(places)


def test_a_channel_that_passes_without_a_token_is_not_misspelt() -> None:
    told = likely_causes(replace(GOOD, channel="brand_new", same_without_token=True))
    assert "misspelt" not in told[0].what


def test_there_is_always_a_cause() -> None:
    assert likely_causes(RefusalFacts(now=0.0))


@pytest.mark.parametrize(
    ("ahead", "uncertainty", "fault"),
    [
        (0.0, 0.5, False),
        (5.4, 0.5, False),
        (5.6, 0.5, True),
        (-115.4, 0.5, False),
        (-115.6, 0.5, True),
        (90, 100, False),
    ],
)
def test_what_the_backdating_and_the_life_cover_is_no_fault(ahead: float, uncertainty: float, fault: bool) -> None:
    assert bool(clock_fault(Offset(ahead, uncertainty, "test"))) is fault
