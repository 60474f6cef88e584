"""A ready-made token instead of a key, as the venue's guide leaves it in the environment with ``export JWT=...``.

Nothing can renew it: it goes with messages until it expires, and later ones go without.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from depthview.auth.findings import Finding, Grade
from depthview.auth.key_evidence import NameShape, name_shape
from depthview.auth.keys import KeyDefect
from depthview.auth.secret import Secret
from depthview.auth.token_report import ISSUER, OLD_ISSUER, explain
from depthview.auth.token_text import LARGEST_TOKEN, TokenText, take_apart
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
    """A token that was signed elsewhere."""

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
    """What was around it in the variable, in words: a prefix, quotes, other text."""
    findings: tuple[Finding, ...]
    """What is odd about it and does not keep it from working."""

    @property
    def source(self) -> str:
        """For the screen."""
        return f"ready-made token in {TOKEN_VARIABLE}"


class ReadyTokenSource:
    """Hands one token out for every message for as long as it lives; see :class:`depthview.auth.tokens.TokenSource`.

    Args:
        ready: The token.
        clock: Its wall time says when the token has expired.
    """

    def __init__(self, ready: ReadyToken, clock: Clock) -> None:
        self._ready = ready
        self._clock = clock

    @property
    def ready(self) -> ReadyToken:
        """The token."""
        return self._ready

    def sign(self) -> Token | None:
        """The token while it lives, then None: nothing can renew it, and messages go without one."""
        ready = self._ready
        if self.seconds_left() <= 0:
            return None
        return Token(ready.text.reveal(), ready.not_before, ready.expires_at, ready.nonce)

    def seconds_left(self) -> float:
        """Seconds until it expires; 0 once it has."""
        return max(0.0, self._ready.expires_at - self._clock.unix())


def ready_token_from(env: Mapping[str, str], now: float) -> ReadyToken:
    """The token in the variable ``JWT``.

    Args:
        env: The environment. It is let go of before anything is raised.
        now: Unix seconds.

    Raises:
        CredentialError: There is none, or none that looks like one of the venue's, or it cannot work any more.
            Nothing of it is quoted.
    """
    forbid_core_dumps()
    found = read_ready_token(Secret(env.get(TOKEN_VARIABLE, "")), now)
    del env
    if isinstance(found, KeyDefect):
        raise CredentialError(f"the token in {TOKEN_VARIABLE} {found.what}: {found.cure}")
    return found


def read_ready_token(value: Secret[str], now: float) -> ReadyToken | KeyDefect:
    """The token in a variable's value, or what is wrong with it; nothing is raised.

    Args:
        value: As the variable has it.
        now: Unix seconds.
    """
    if not value.reveal().strip():
        return KeyDefect("is not there", f"export {TOKEN_VARIABLE}, or leave out --jwt-from-env")
    if len(value.reveal()) > LARGEST_TOKEN:
        return KeyDefect("is over 64 KiB, which no token is", _MAKE_ONE)
    if "PRIVATE KEY" in value.reveal():
        return KeyDefect("is a private key", "give it with --key-file or --env-key, and put a token here")
    token = take_apart(value.reveal())
    if token.header is None or token.claims is None:
        return KeyDefect("is no token", _MAKE_ONE)
    report = explain(token, now, None)
    wrong = next((finding for finding in report.findings if finding.grade is Grade.WRONG), None)
    if wrong is not None:
        return KeyDefect(f"cannot work ({wrong.part}: {wrong.what})", wrong.cure or _MAKE_ONE)
    return _of_venue(token, report.findings)


def _of_venue(token: TokenText, findings: tuple[Finding, ...]) -> ReadyToken | KeyDefect:
    header, claims = token.header or {}, token.claims or {}
    name, issuer = header.get("kid"), claims.get("iss")
    not_before, expires_at = claims.get("nbf"), claims.get("exp")
    if not isinstance(name, str) or name_shape(name) not in (NameShape.CDP, NameShape.BARE_ID):
        return KeyDefect("is not one of the venue's: kid is no key name of theirs", _MAKE_ONE)
    if issuer not in (ISSUER, OLD_ISSUER):
        return KeyDefect(f"is not one of the venue's: iss is not {ISSUER}", _MAKE_ONE)
    if not isinstance(not_before, int | float) or not isinstance(expires_at, int | float):
        return KeyDefect("is not one of the venue's: it names no times", _MAKE_ONE)
    return ReadyToken(
        Secret(token.compact),
        name[-4:],
        str(header.get("alg")),
        float(not_before),
        float(expires_at),
        str(header.get("nonce")),
        token.stripped,
        findings,
    )
