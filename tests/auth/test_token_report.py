"""Tokens explained: each of the guide's ten samples, every mistake of the forum, and every rule by itself."""

from __future__ import annotations

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from depthview.auth.diagnosis import Grade
from depthview.auth.token_report import SignatureState, TokenReport, explain, take_apart
from tests.auth.keys import NAME, new_ec
from tests.auth.made_tokens import KEY, NONCE, NOW, claims, encoded, header, made

PUBLIC = KEY.public_key()


def _explained(text: str, now: float = NOW + 1.0) -> TokenReport:
    return explain(take_apart(text), now, PUBLIC)


def _graded(report: TokenReport) -> list[tuple[str, str]]:
    return [(finding.grade.value, finding.part) for finding in report.findings]


RAW_NONCE = (
    b'{"alg":"ES256","kid":"'
    + NAME.encode()
    + b'","nonce":"\x9f\x80\\u0003\xe2(z\xff\xf0\\"%\xc0\xd1\xd2\xd3\xd4\xd5"}'
)

SAMPLES: dict[str, tuple[str, list[tuple[str, str]]]] = {
    "Python SDK": (made(header(nonce=NONCE * 2)), []),
    "Python": (made(header(nonce=NONCE * 2)), []),
    "Go": (made(header(nonce="4618912830915213231")), [("note", "header.nonce")]),
    "JavaScript": (made(None, claims(iat=NOW)), []),
    "PHP": (made(), []),
    "Java": (made(header(nonce=str(NOW))), [("note", "header.nonce")]),
    "C++": (made(RAW_NONCE), [("note", "header.typ"), ("note", "header.nonce")]),
    "TypeScript": (made(None, claims(iat=NOW)), []),
    "C#": (
        made(header(nonce="0A1B2C3D4E"), claims(iss="coinbase-cloud", exp=NOW + 60)),
        [("differs", "claims.iss"), ("note", "header.nonce"), ("note", "claims.exp")],
    ),
    "Ruby": (made(None, claims(aud=["cdp_service"])), [("differs", "claims.aud")]),
}


@pytest.mark.parametrize(("token", "expected"), SAMPLES.values(), ids=SAMPLES)
def test_a_token_of_each_of_the_guide_s_samples(token: str, expected: list[tuple[str, str]]) -> None:
    report = _explained(token)
    assert _graded(report) == expected
    assert report.signature is SignatureState.FITS


FORUM: dict[str, tuple[str, list[tuple[str, str]]]] = {
    "the first try: no nonce, strings for times, old iss and aud": (
        made(
            header(nonce=None),
            claims(iss="coinbase-cloud", nbf=str(NOW), exp=str(NOW + 60), aud=["public_websocket_api"]),
        ),
        [
            ("wrong", "header.nonce"),
            ("wrong", "claims.nbf"),
            ("wrong", "claims.exp"),
            ("differs", "claims.iss"),
            ("differs", "claims.aud"),
        ],
    ),
    "the second: a nonce, but algorithm for alg and no typ": (
        made({"kid": NAME, "nonce": NONCE, "algorithm": "ES256"}),
        [("wrong", "header.alg"), ("note", "header.typ")],
    ),
    "the Python snippet: time for a nonce, 60 s, old iss and aud": (
        made(header(nonce=str(NOW)), claims(iss="coinbase-cloud", exp=NOW + 60, aud=["public_websocket_api"])),
        [("differs", "claims.iss"), ("differs", "claims.aud"), ("note", "header.nonce"), ("note", "claims.exp")],
    ),
    "the empty key name": (
        made(header(kid=""), claims(sub="")),
        [("wrong", "header.kid"), ("wrong", "claims.sub")],
    ),
    "signed with another key": (made(key=new_ec()), [("wrong", "signature")]),
    "an ASN.1 signature": (made(form="der"), [("wrong", "signature")]),
}


@pytest.mark.parametrize(("token", "expected"), FORUM.values(), ids=FORUM)
def test_every_mistake_of_the_forum(token: str, expected: list[tuple[str, str]]) -> None:
    assert sorted(_graded(_explained(token))) == sorted(expected)


def test_standard_base64_and_padding_are_named_with_their_part() -> None:
    # ~~~ and ??? come out with + and / in standard base64; the lengths leave padding.
    token = made(header(nonce="~~~???~~~???1"), claims(x="~~~???>>>"))
    head, middle, tail = token.split(".")
    standard = head.replace("-", "+").replace("_", "/")
    assert standard != head, "this header shows nothing"
    report = _explained(".".join([standard, middle + "=", tail]))
    told = {(finding.part, finding.what) for finding in report.findings if finding.grade is Grade.WRONG}
    assert ("header", "the header is in standard base64 (it has + or /), not base64url") in told
    assert ("claims", "the claims part has base64 padding (=)") in told


RULES: dict[str, tuple[str, str, str, str]] = {
    "alg HS256": (made(header(alg="HS256")), "wrong", "header.alg", "neither ES256 nor EdDSA"),
    "kid is not sub": (made(header(kid=NAME + "x")), "wrong", "header.kid", "kid is not equal to sub"),
    "kid missing": (made(header(kid=None)), "wrong", "header.kid", "kid is missing"),
    "sub missing": (made(None, claims(sub=None)), "wrong", "claims.sub", "sub is missing"),
    "nonce empty": (made(header(nonce="")), "wrong", "header.nonce", "nonce is empty"),
    "nonce a number": (made(header(nonce=5)), "differs", "header.nonce", "not a string"),
    "nonce no hex": (made(header(nonce="k" * 32)), "note", "header.nonce", "not hex digits"),
    "typ other": (made(header(typ="at+jwt")), "note", "header.typ", "typ is not JWT"),
    "nbf a string": (made(None, claims(nbf=str(NOW))), "wrong", "claims.nbf", "nbf is a string"),
    "exp a string": (made(None, claims(exp=str(NOW))), "wrong", "claims.exp", "exp is a string"),
    "exp missing": (made(None, claims(exp=None)), "wrong", "claims.exp", "exp is missing"),
    "nbf a list": (made(None, claims(nbf=[NOW])), "wrong", "claims.nbf", "nbf is not a number"),
    "nbf a truth": (made(None, claims(nbf=True)), "wrong", "claims.nbf", "nbf is not a number"),
    "nbf in milliseconds": (made(None, claims(nbf=NOW * 1000)), "wrong", "claims.nbf", "milliseconds"),
    "nbf with decimals": (made(None, claims(nbf=NOW + 0.5)), "differs", "claims.nbf", "not a whole number"),
    "expired": (made(None, claims(nbf=NOW - 300, exp=NOW - 180)), "wrong", "claims.exp", "expired 181 s ago"),
    "not yet valid": (made(None, claims(nbf=NOW + 61, exp=NOW + 181)), "wrong", "claims.nbf", "nbf is 60 s ahead"),
    "exp before nbf": (made(None, claims(nbf=NOW, exp=NOW - 9)), "wrong", "claims.exp", "is not after nbf"),
    "too long a life": (made(None, claims(exp=NOW + 121)), "differs", "claims.exp", "life of 121 s"),
    "iss missing": (made(None, claims(iss=None)), "differs", "claims.iss", "iss is missing"),
    "iss is the key name": (made(None, claims(iss=NAME)), "wrong", "claims.iss", "iss is the key's name"),
    "uri": (made(None, claims(uri="GET api.coinbase.com/x")), "differs", "claims.uri", "REST token"),
    "short signature": (made()[:-40], "wrong", "signature", "signature has 34 bytes"),
    "no signature": (made().rpartition(".")[0] + ".", "wrong", "signature", "signature is empty"),
    "two parts": (made().rpartition(".")[0], "wrong", "header", "it has 2 parts"),
    "claims no JSON": (made(None, b"nbf=1"), "wrong", "claims", "claims part is not JSON"),
    "claims a list": (made(None, b"[]"), "wrong", "claims", "not an object"),
    "claims too deep": (made(None, b"[" * 40_000), "wrong", "claims", "not JSON"),
    "header not base64": ("eyJ*." + made().partition(".")[2], "wrong", "header", "header is not base64url"),
    "a foreign name": (made(header(kid="bot"), claims(sub="bot")), "note", "header.kid", "key name of the venue"),
}


@pytest.mark.parametrize(("token", "grade", "part", "words"), RULES.values(), ids=RULES)
def test_each_deviation_is_one_finding_that_names_its_part(token: str, grade: str, part: str, words: str) -> None:
    report = _explained(token)
    matching = [f for f in report.findings if (f.grade.value, f.part) == (grade, part) and words in f.what]
    assert len(matching) == 1, report.findings
    assert matching[0].cure or grade == "note"
    assert not [finding for finding in report.findings if "will" in finding.what.split()]


def test_a_good_token_leaves_nothing_to_say() -> None:
    report = _explained(made())
    assert report == TokenReport((), 119.0, SignatureState.FITS)


def test_an_ed25519_token_is_reported_and_not_proved() -> None:
    key = Ed25519PrivateKey.generate()
    token = made(header(alg="EdDSA"), key=key)
    report = explain(take_apart(token), NOW + 1.0, key.public_key())
    assert _graded(report) == [("note", "header.alg")]
    assert report.signature is SignatureState.FITS
    crossed = explain(take_apart(token), NOW + 1.0, PUBLIC)
    assert [f.what for f in crossed.findings if f.part == "signature"] == [
        "the signature is not valid: alg is EdDSA, but the key signs ES256"
    ]


def test_without_a_key_the_signature_is_not_judged() -> None:
    report = explain(take_apart(made(key=new_ec())), NOW + 1.0, None)
    assert (report.findings, report.signature) == ((), SignatureState.NOT_CHECKED)


def test_a_changed_letter_breaks_the_signature() -> None:
    head, _, tail = made().split(".")
    changed = encoded(json.dumps(claims(exp=NOW + 119)).encode())
    assert ("wrong", "signature") in _graded(_explained(f"{head}.{changed}.{tail}"))


@pytest.mark.parametrize(
    ("before", "after", "named"),
    [
        ("export JWT=", "\n", ("an `export JWT=` prefix",)),
        ('export JWT="', '"\n', ("an `export JWT=` prefix", "quotes")),
        ("JWT=", "", ("an `export JWT=` prefix",)),
        ("'", "'", ("quotes",)),
        ("Generated JWT Token: ", "\n", ("text around it",)),
        ("", "\nToken is valid? True\n", ("text around it",)),
        ('{"type": "subscribe", "jwt": "', '"}', ("quotes", "text around it")),
        (" \r\n", "\r\n ", ()),
    ],
)
def test_what_stands_around_a_token_is_stripped_and_named(before: str, after: str, named: tuple[str, ...]) -> None:
    token = take_apart(before + made() + after)
    assert token.stripped == named
    assert token.compact.count(".") == 2
    assert explain(token, NOW + 1.0, PUBLIC).findings == ()


def test_a_token_broken_into_lines_is_put_together() -> None:
    text = made()
    wrapped = "\n".join(text[at : at + 60] for at in range(0, len(text), 60))
    token = take_apart(wrapped)
    assert (token.compact, token.stripped) == (text, ("line breaks in it",))


@given(st.text(max_size=300))
def test_any_text_is_explained(text: str) -> None:
    for attempt in (text, f"{text}.{text}.{text}", "eyJ" + text):
        report = _explained(attempt)
        assert any(finding.grade is Grade.WRONG for finding in report.findings)


@given(
    st.dictionaries(
        st.sampled_from(["alg", "kid", "nonce", "typ"]), st.none() | st.booleans() | st.floats() | st.text()
    ),
    st.dictionaries(
        st.sampled_from(["sub", "iss", "nbf", "exp", "aud", "uri"]),
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text()),
    ),
)
def test_any_fields_are_explained(some: dict[str, object], others: dict[str, object]) -> None:
    report = _explained(made(some, others))
    assert all(finding.part and finding.what for finding in report.findings)
    assert [finding.grade for finding in report.findings] == sorted(
        (finding.grade for finding in report.findings), key=list(Grade).index
    )
