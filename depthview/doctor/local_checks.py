"""The checks before the network: configuration, key, key file, terminal."""

from __future__ import annotations

import locale
import os
import shlex
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

from depthview.auth.credentials import Credentials, cure_of_loose_mode, loose_mode, place_of_key, read_key
from depthview.auth.diagnosis import Finding, Grade, describe, kind_of
from depthview.auth.endpoints import VENUE_URL, Endpoint, may_receive_token
from depthview.auth.keys import KeyDefect
from depthview.auth.tokens import Signer, TokenSource
from depthview.core.text import plain_text, shown_path
from depthview.doctor.report import Step, StepResult, StepStatus, skipped
from depthview.errors import CredentialError, EndpointRefused
from depthview.system.os_errors import os_reason
from depthview.system.paths import path_from_home

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from depthview.auth.credentials import KeyPlace
    from depthview.clock import Clock
    from depthview.config.run_options import CredentialOptions


@dataclass(frozen=True, slots=True)
class Setup:
    """What is known before the network is used."""

    results: tuple[StepResult, ...]
    endpoint: Endpoint | None = None
    """None where the configuration cannot be used."""
    tokens: TokenSource | None = None
    """Makes tokens, where the endpoint may receive one."""
    credentials: Credentials | None = None
    """The key itself; None for a ready-made token too."""
    unsigned: str = ""
    """Why messages carry no token."""
    key_path: Path | None = None
    """The file that holds the key, if there is one."""


def check_setup(
    url: str | None, options: CredentialOptions, env: Mapping[str, str], config_dir: Path, clock: Clock
) -> Setup:
    """Configuration, key and file permissions for the venue or another address.

    Args:
        url: The address that was given; None for the venue.
        options: What the command line says of keys.
        env: The environment.
        config_dir: The folder that may hold a key file.
        clock: For the key's age, and for signing.
    """
    try:
        endpoint = Endpoint.parse(url or VENUE_URL)
    except EndpointRefused as fault:
        what, _, cure = str(fault).partition(": ")
        why = "the configuration cannot be used"
        failed = StepResult(Step.CONFIGURATION, StepStatus.FAILURE, what, cure)
        return Setup((failed, skipped(Step.KEY, why), skipped(Step.PERMISSIONS, why)))
    whose = "the venue" if endpoint.venue else "an address of yours"
    configured = StepResult(Step.CONFIGURATION, StepStatus.OK, f"{whose}: {endpoint.shown}")
    if not may_receive_token(endpoint, credentials_explicit=options.explicit):
        why = "no token goes to this host unless a key is named together with --url"
        return Setup((configured, skipped(Step.KEY, why), skipped(Step.PERMISSIONS, why)), endpoint, unsigned=why)
    if options.jwt_from_env:
        return _with_ready_token(configured, endpoint, env, clock)
    place = place_of_key(options, env, config_dir)
    if place is None:
        return _without_key(
            configured, endpoint, _PUBLIC if options.public else "none is configured: market data needs none"
        )
    return _with_key(configured, endpoint, place, options, env, clock)


def demo_setup(endpoint: Endpoint, credentials: Credentials | None, clock: Clock) -> Setup:
    """The same for the embedded exchange and its demo key; no key for ``--public``."""
    configured = StepResult(Step.CONFIGURATION, StepStatus.OK, "the demo: the embedded exchange on this machine")
    if credentials is None:
        return _without_key(configured, endpoint, _PUBLIC)
    key = StepResult(Step.KEY, StepStatus.OK, f"{kind_of(credentials)}, the demo key")
    results = (configured, key, skipped(Step.PERMISSIONS, _NO_FILE))
    return Setup(results, endpoint, Signer(credentials, clock), credentials)


_PUBLIC: Final = "none: --public was given"
_NO_FILE: Final = "the key is not in a file"


def _without_key(configured: StepResult, endpoint: Endpoint, why: str) -> Setup:
    results = (configured, skipped(Step.KEY, why), skipped(Step.PERMISSIONS, "no key"))
    return Setup(results, endpoint, unsigned="there is no key")


_STATUS: Final = {Grade.WRONG: StepStatus.FAILURE, Grade.DIFFERS: StepStatus.WARNING, Grade.NOTE: StepStatus.OK}


def key_result(credentials: Credentials, findings: Sequence[Finding]) -> StepResult:
    """The key step of a key that can be read.

    Args:
        credentials: The key.
        findings: From :func:`~depthview.auth.diagnosis.describe`, the worst first.
    """
    what = f"{kind_of(credentials)}, …{credentials.key_tail}, {credentials.source}"
    if not findings:
        return StepResult(Step.KEY, StepStatus.OK, what)
    status = _STATUS[findings[0].grade]
    told = "; ".join([what, *(finding.what for finding in findings)])
    cures = dict.fromkeys(finding.cure for finding in findings if finding.cure)
    return StepResult(Step.KEY, status, told, "; ".join(cures) if status is not StepStatus.OK else "")


def without_paths(result: StepResult, place_path: Path | None) -> StepResult:
    """The result with the name of a key file instead of its path, for a report that is published."""
    if place_path is None:
        return result

    def bare(text: str) -> str:
        name, whole = plain_text(place_path.name), shown_path(place_path)
        # Quoted for a shell first, since a quote in the path is escaped there.
        return (
            text.replace(shlex.quote(whole), shlex.quote(name))
            .replace(whole, name)
            .replace(path_from_home(place_path), name)
        )

    return replace(result, what=bare(result.what), cure=bare(result.cure))


def _with_key(
    configured: StepResult,
    endpoint: Endpoint,
    place: KeyPlace,
    options: CredentialOptions,
    env: Mapping[str, str],
    clock: Clock,
) -> Setup:
    # Permissions are a step of their own.
    found = read_key(place, env, allow_loose_permissions=True)
    del env
    if isinstance(found, KeyDefect):
        key = StepResult(Step.KEY, StepStatus.FAILURE, f"{place.subject} {found.what}", found.cure)
        results = (configured, key, skipped(Step.PERMISSIONS, "the key cannot be used"))
        return Setup(results, endpoint, unsigned="the key cannot be used", key_path=place.path)
    key = key_result(found, describe(found, clock.unix()))
    permissions = _permissions(place, allowed=options.allow_loose_permissions)
    results = (configured, key, permissions)
    for result in (key, permissions):
        if result.status is StepStatus.FAILURE:
            unsigned = f"not signed: see {result.step}"
            return Setup(results, endpoint, credentials=found, unsigned=unsigned, key_path=place.path)
    return Setup(results, endpoint, Signer(found, clock), found, key_path=place.path)


def _permissions(place: KeyPlace, *, allowed: bool) -> StepResult:
    if place.path is None:
        return skipped(Step.PERMISSIONS, _NO_FILE)
    try:
        mode = loose_mode(place)
    except OSError as fault:
        what = f"cannot be read ({os_reason(fault)})"
        return StepResult(Step.PERMISSIONS, StepStatus.WARNING, what, "check the path")
    if mode is None:
        return StepResult(Step.PERMISSIONS, StepStatus.OK, "owner only")
    what = f"the {place.kind} is accessible to others (mode {mode:04o})"
    if allowed:
        return StepResult(Step.PERMISSIONS, StepStatus.OK, what + ", as --allow-loose-permissions permits")
    return StepResult(Step.PERMISSIONS, StepStatus.FAILURE, what, cure_of_loose_mode(place.path))


def _with_ready_token(configured: StepResult, endpoint: Endpoint, env: Mapping[str, str], clock: Clock) -> Setup:
    from depthview.auth.ready_token import ReadyTokenSource, ready_token_from

    try:
        ready = ready_token_from(env, clock.unix())
    except CredentialError as fault:
        what, _, cure = str(fault).rpartition(": ")
        failed = StepResult(Step.KEY, StepStatus.FAILURE, what, cure)
        results = (configured, failed, skipped(Step.PERMISSIONS, "there is no file"))
        return Setup(results, endpoint, unsigned="the ready-made token cannot be used")
    left = ready.expires_at - clock.unix()
    told = [f"{ready.source}: {ready.algorithm}, …{ready.key_tail}, {left:,.0f} s left, and nothing renews it"]
    told += [f"stripped: {', '.join(ready.stripped)}"] if ready.stripped else []
    unusual = [finding for finding in ready.findings if finding.grade is Grade.DIFFERS]
    told += [f"{finding.part}: {finding.what}" for finding in unusual]
    status = StepStatus.WARNING if unusual else StepStatus.OK
    key = StepResult(Step.KEY, status, "; ".join(told), "; ".join(finding.cure for finding in unusual))
    results = (configured, key, skipped(Step.PERMISSIONS, "the token is not in a file"))
    return Setup(results, endpoint, ReadyTokenSource(ready, clock))


_LEAST_COLUMNS: Final = 40
"""The narrowest ladder that the viewer places beside another."""
_LEAST_ROWS: Final = 12


@dataclass(frozen=True, slots=True)
class TerminalFacts:
    """A terminal by its own description."""

    is_terminal: bool
    columns: int = 0
    rows: int = 0
    kind: str = ""
    colours: str = ""
    utf8: bool = True
    no_color: bool = False
    ssh: bool = False


def terminal_facts(out: TextIO, env: Mapping[str, str]) -> TerminalFacts:
    if not out.isatty():
        return TerminalFacts(is_terminal=False)
    size = os.get_terminal_size(out.fileno())
    kind = env.get("TERM", "")
    if env.get("COLORTERM", "") in ("truecolor", "24bit"):
        colours = "16 million colours"
    else:
        colours = "256 colours" if "256" in kind else "16 colours or fewer"
    return TerminalFacts(
        is_terminal=True,
        columns=size.columns,
        rows=size.lines,
        kind=kind,
        colours=colours,
        utf8=locale.getencoding().lower().replace("-", "") == "utf8",
        no_color=bool(env.get("NO_COLOR")),
        ssh="SSH_CONNECTION" in env or "SSH_TTY" in env,
    )


def judge_terminal(facts: TerminalFacts) -> StepResult:
    if not facts.is_terminal:
        return skipped(Step.TERMINAL, "not at a terminal")
    words = [f"{facts.columns}x{facts.rows}", plain_text(facts.kind, 24) or "no TERM", facts.colours]
    words.append("UTF-8" if facts.utf8 else "no UTF-8")
    words += ["NO_COLOR is set"] if facts.no_color else []
    words += ["over SSH"] if facts.ssh else []
    what = ", ".join(words)
    if facts.kind in ("", "dumb"):
        return StepResult(
            Step.TERMINAL, StepStatus.WARNING, what, "the viewer cannot run here: set TERM, or use `depthview stream`"
        )
    if not facts.utf8:
        return StepResult(Step.TERMINAL, StepStatus.WARNING, what, "use a UTF-8 locale, such as LANG=C.UTF-8")
    if facts.columns < _LEAST_COLUMNS or facts.rows < _LEAST_ROWS:
        cure = f"make it larger: {_LEAST_COLUMNS}x{_LEAST_ROWS} at least, 120x40 to see everything"
        return StepResult(Step.TERMINAL, StepStatus.WARNING, what, cure)
    return StepResult(Step.TERMINAL, StepStatus.OK, what)
