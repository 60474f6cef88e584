"""A token that was signed elsewhere, as the venue's guide leaves it with ``export JWT=...``; it cannot be renewed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from depthview.auth.diagnosis import Finding, Grade
from depthview.auth.keys import KeyDefect, NameShape, Secret, name_shape
from depthview.auth.token_report import ISSUER, LARGEST_TOKEN, OLD_ISSUER, explain, take_apart
from depthview.auth.tokens import Token
from depthview.errors import CredentialError
from depthview.system.core_dumps import forbid_core_dumps

if TYPE_CHECKING:
    from collections.abc import Mapping

    from depthview.clock import Clock

TOKEN_VARIABLE: Final = "JWT"  # noqa: S105  # the variable's name
_MAKE_ONE: Final = "make one as the venue's guide shows, or with `depthview auth token`"


@dataclass(frozen=True, slots=True)
class ReadyToken:
    text: Secret[str] = field(repr=False)
    key_tail: str
    """The last four characters of the id of the key that signed it."""
    algorithm: str
    not_before: float
    """Unix seconds: the claim ``nbf``."""
    expires_at: float
    """Unix seconds: the claim ``exp``."""
    nonce: str = field(repr=False)
    stripped: tuple[str, ...]
    """What was around it in the variable: a prefix, quotes, other text."""
    findings: tuple[Finding, ...]
    """What is unusual about it; it can work all the same."""

    @property
    def source(self) -> str:
        return f"ready-made token in {TOKEN_VARIABLE}"


class ReadyTokenSource:
    """Gives the same token for every message until it expires; see :class:`depthview.auth.tokens.TokenSource`.

    Args:
        ready: The token.
        clock: Its wall time says when the token has expired.
    """

    def __init__(self, ready: ReadyToken, clock: Clock) -> None:
        self._ready = ready
        self._clock = clock

    def sign(self) -> Token | None:
        """The token until it expires, then None: messages are sent without one."""
        ready = self._ready
        if self._clock.unix() >= ready.expires_at:
            return None
        return Token(ready.text.reveal(), ready.not_before, ready.expires_at, ready.nonce)


def ready_token_from(env: Mapping[str, str], now: float) -> ReadyToken:
    """The token in the variable ``JWT``.

    Args:
        env: The environment. It is let go of before anything is raised.
        now: Unix seconds.

    Raises:
        CredentialError: There is none, it is not one of the venue's, or it cannot work any more. Nothing of it is
            quoted.
    """
    forbid_core_dumps()
    found = _read(Secret(env.get(TOKEN_VARIABLE, "")), now)
    del env
    if isinstance(found, KeyDefect):
        raise CredentialError(f"the token in {TOKEN_VARIABLE} {found.what}: {found.cure}")
    return found


def _read(value: Secret[str], now: float) -> ReadyToken | KeyDefect:
    if not value.reveal().strip():
        return KeyDefect("does not exist", f"export {TOKEN_VARIABLE}, or remove --jwt-from-env")
    if len(value.reveal()) > LARGEST_TOKEN:
        return KeyDefect("is over 64 KiB, too large for a token", _MAKE_ONE)
    if "PRIVATE KEY" in value.reveal():
        return KeyDefect("is a private key", "give it with --key-file or --env-key, and put a token here")
    token = take_apart(value.reveal())
    if token.header is None or token.claims is None:
        return KeyDefect("is not a token", _MAKE_ONE)
    report = explain(token, now, None)
    wrong = next((finding for finding in report.findings if finding.grade is Grade.WRONG), None)
    if wrong is not None:
        return KeyDefect(f"cannot work ({wrong.part}: {wrong.what})", wrong.cure or _MAKE_ONE)
    name, not_before, expires_at = token.header.get("kid"), token.claims.get("nbf"), token.claims.get("exp")
    if not isinstance(name, str) or name_shape(name) not in (NameShape.CDP, NameShape.BARE_ID):
        return KeyDefect("is not one of the venue's: kid is not a key name of theirs", _MAKE_ONE)
    if token.claims.get("iss") not in (ISSUER, OLD_ISSUER):
        return KeyDefect(f"is not one of the venue's: iss is not {ISSUER}", _MAKE_ONE)
    if not isinstance(not_before, int | float) or not isinstance(expires_at, int | float):
        return KeyDefect("is not one of the venue's: it has no times", _MAKE_ONE)
    return ReadyToken(
        Secret(token.compact),
        key_tail=name[-4:],
        algorithm=str(token.header.get("alg")),
        not_before=float(not_before),
        expires_at=float(expires_at),
        nonce=str(token.header.get("nonce")),
        stripped=token.stripped,
        findings=report.findings,
    )
