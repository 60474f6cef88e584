"""The key that signs messages, and what the screen says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from depthview.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from depthview.auth.credentials import Credentials
    from depthview.auth.diagnosis import Finding
    from depthview.auth.endpoints import Endpoint
    from depthview.auth.keys import KeyEvidence
    from depthview.auth.ready_token import ReadyToken
    from depthview.clock import Clock
    from depthview.config.run_options import CredentialOptions
    from depthview.feed.worker import Sign
    from depthview.session.state import Diagnose, RefusedToken
    from depthview.views.market import Advice

DEMO_KEY: Final = "generated for the demo"
NO_KEY_IN_REPLAY: Final = "a recording: no key, no connection"
KEY_HINT: Final = "add one with --key-file FILE (see README, Keys)"


class SigningKey(NamedTuple):
    source: str
    signing: Callable[[Clock], Sign] | None = None
    """Makes the signer, given the clock of the tokens; None where messages carry no token."""
    hint: str = ""
    algorithm: str = ""
    tail: str = ""
    renewable: bool = True
    """False for a ready-made token."""
    backdated: int = 0
    """Seconds that ``nbf`` lies before the moment of signing."""
    name: str = ""
    evidence: KeyEvidence | None = None
    """What its file says about it."""
    findings: tuple[Finding, ...] = ()
    """What is odd about a ready-made token."""


def no_key(source: str, hint: str = KEY_HINT) -> SigningKey:
    return SigningKey(source, hint=hint)


def no_key_wanted() -> SigningKey:
    """No key, because of ``--public``."""
    return no_key("none: --public was given", "remove --public to use one")


def key_of(credentials: Credentials) -> SigningKey:
    from depthview.auth.diagnosis import describe
    from depthview.auth.tokens import BACKDATED_SECONDS, Signer

    return SigningKey(
        credentials.source,
        lambda clock: Signer(credentials, clock).sign,
        hint=_told(describe(credentials, SystemClock().unix())),
        algorithm=credentials.algorithm,
        tail=credentials.key_tail,
        backdated=BACKDATED_SECONDS,
        name=credentials.key_name,
        evidence=credentials.evidence,
    )


def _told(findings: Iterable[Finding]) -> str:
    return "; ".join(": ".join(part for part in (f.part, f.what, f.cure) if part) for f in findings)


def _stripped(ready: ReadyToken) -> str:
    return f"stripped from the variable: {', '.join(ready.stripped)}" if ready.stripped else ""


def ready_token(env: Mapping[str, str]) -> SigningKey:
    """A token that was signed elsewhere, in the variable JWT.

    Raises:
        CredentialError: It is none.
    """
    from depthview.auth.ready_token import ReadyTokenSource, ready_token_from

    ready = ready_token_from(env, SystemClock().unix())
    return SigningKey(
        f"{ready.source}: it cannot be renewed, later messages carry no token",
        lambda clock: ReadyTokenSource(ready, clock).sign,
        hint="; ".join(filter(None, (_stripped(ready), _told(ready.findings)))),
        algorithm=ready.algorithm,
        tail=ready.key_tail,
        renewable=False,
        findings=ready.findings,
    )


def key_for(endpoint: Endpoint, options: CredentialOptions, env: Mapping[str, str], config_dir: Path) -> SigningKey:
    """The key for a live feed.

    Args:
        endpoint: A key goes to the venue, and elsewhere only where this command names it.
        options: What the command line says of keys.
        env: The environment.
        config_dir: The user's configuration folder.

    Raises:
        CredentialError: There is a key that cannot be used.
    """
    from depthview.auth.endpoints import may_receive_token

    if options.public:
        return no_key_wanted()
    if not may_receive_token(endpoint, credentials_explicit=options.explicit):
        return no_key("none: to send a token to this host, give --key-file with --url")
    if options.jwt_from_env:
        return ready_token(env)
    from depthview.auth.credentials import find_credentials

    credentials = find_credentials(options, env, config_dir)
    return no_key("none: public feed") if credentials is None else key_of(credentials)


def diagnosis(key: SigningKey) -> Diagnose:
    """Likely causes of a refusal, from what is known of the key and of the connection."""
    from depthview.auth.diagnosis import RefusalFacts, likely_causes
    from depthview.auth.keys import NO_EVIDENCE
    from depthview.views.market import Advice

    def diagnose(refused: RefusedToken) -> tuple[Advice, ...]:
        facts = RefusalFacts(
            now=SystemClock().unix(),
            channel=refused.channel,
            key_name=key.name,
            algorithm=key.algorithm,
            evidence=key.evidence or NO_EVIDENCE,
            offset=refused.offset,
            same_without_token=refused.same_without_token,
            accepted_before=refused.accepted_before,
            token_findings=key.findings,
        )
        return tuple(Advice(cause.what, cause.cure) for cause in likely_causes(facts))

    return diagnose
