"""``depthview auth``: make a token, explain one, print a key's public half, check a key; as text or JSON."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, BinaryIO, Final, TextIO

from depthview.auth.arguments import key_options
from depthview.config.arguments import add_options
from depthview.config.options import KEY
from depthview.errors import CredentialError, UsageError
from depthview.system.paths import config_folder, user_path
from depthview.system.stdout import standard_output, write_text

if TYPE_CHECKING:
    import argparse

    from depthview.auth.credentials import Credentials, KeyPlace
    from depthview.auth.keys import PublicKey
    from depthview.clock import Clock

_NO_KEY: Final = "no key is configured: name one with --key-file FILE (see README, Keys)"
_WRONG_EXIT: Final = 1
_KEY_EXIT: Final = 78
_LABEL: Final = 11
"""Columns of the labels of ``auth check``."""
_LONGEST_TIME: Final = 10
"""Digits: seconds until the year 2286."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(metavar="WHAT", required=True, dest="auth_command")
    token = commands.add_parser("token", help="print a WebSocket token, or explain one (--decode)", allow_abbrev=False)
    add_options(token, KEY)
    token.add_argument("--decode", action="store_true", help="explain the token on stdin instead of making one")
    token.add_argument("--json", action="store_true", help="with --decode: findings as JSON")
    token.add_argument(
        "--public-key", metavar="FILE", help="with --decode: PEM of the public key to verify the signature with"
    )
    token.add_argument(
        "--at",
        metavar="TIME",
        help="nbf, in unix seconds, instead of a few seconds ago; with --decode: the time to check by",
    )
    token.add_argument("--nonce", metavar="N", help="this nonce instead of a random one")
    token.add_argument("--parts", action="store_true", help="print header and claims instead of a token")
    public_key = commands.add_parser(
        "public-key", help="print the public key as PEM, for a JWT debugger", allow_abbrev=False
    )
    add_options(public_key, KEY)
    check = commands.add_parser("check", help="describe the key; sign and verify a token", allow_abbrev=False)
    add_options(check, KEY)


def run(
    args: argparse.Namespace,
    stdin: BinaryIO | None = None,
    stdout: TextIO | None = None,
    stderr: TextIO | None = None,
) -> int:
    """Run the command.

    Args:
        args: What the arguments of :func:`add_arguments` parsed to.
        stdin: The token to explain; the process's own by default, as are the next two.
        stdout: For the result.
        stderr: For warnings at a terminal.

    Returns:
        The exit code: 0, 1 where a token that was explained is wrong, 78 where a key cannot work.

    Raises:
        UsageError: Arguments that do not go together.
        CredentialError: A key, a public key or a ready-made token cannot be used; nothing of it is in the message.
    """
    out, err = stdout or standard_output(), stderr or sys.stderr
    if args.public and not getattr(args, "decode", False):
        raise UsageError("--public means no key, but this command needs one: remove it")
    if args.auth_command == "check":
        return _check(args, out)
    if args.jwt_from_env:
        raise UsageError("--jwt-from-env is a token already: `depthview auth check` explains it")
    if args.auth_command == "public-key":
        return _public_key(args, out)
    _check_combination(args)
    if not args.decode:
        return _token(args, out, err)
    if stdin is None and sys.stdin is None:
        raise UsageError("standard input is closed: there is no token to read")
    return _decode(args, stdin or sys.stdin.buffer, out, err)


def _check_combination(args: argparse.Namespace) -> None:
    if args.decode and (args.parts or args.nonce is not None):
        raise UsageError("--decode explains a token: --parts and --nonce go with making one")
    if not args.decode and (args.json or args.public_key is not None):
        raise UsageError("--json and --public-key go with --decode")


def _token(args: argparse.Namespace, out: TextIO, err: TextIO) -> int:
    from depthview.auth.report import parts_of
    from depthview.auth.tokens import BACKDATED_SECONDS, TOKEN_LIFE_SECONDS, Signer
    from depthview.clock import SystemClock

    at, nonce = _time(args.at), _nonce(args.nonce)
    credentials = _credentials(args)
    token = Signer(credentials, SystemClock()).sign_from(at, nonce=nonce)
    if args.parts:
        write_text(out, parts_of(token.text))
        return 0
    write_text(out, f"export JWT={token.text}\n")
    if out.isatty():
        life = TOKEN_LIFE_SECONDS if at is not None else TOKEN_LIFE_SECONDS - BACKDATED_SECONDS
        start = "from the time given" if at is not None else f"from now, as nbf is set {BACKDATED_SECONDS} s back"
        err.write(
            f"depthview: this is a credential: it is valid for {life} s {start}, and names no host, so whoever "
            "receives it can use it\n"
        )
    return 0


def _decode(args: argparse.Namespace, stdin: BinaryIO, out: TextIO, err: TextIO) -> int:
    from depthview.auth.diagnosis import has_wrong
    from depthview.auth.report import report_as_json, report_as_text
    from depthview.auth.token_report import LARGEST_TOKEN, explain, take_apart
    from depthview.clock import SystemClock
    from depthview.system.core_dumps import forbid_core_dumps

    public_key, against = _key_to_verify(args)
    at = _time(args.at)
    forbid_core_dumps()
    if stdin.isatty():
        err.write("paste the token, then Enter and Ctrl+D\n")
    raw = stdin.read(LARGEST_TOKEN + 1)
    if len(raw) > LARGEST_TOKEN:
        raise UsageError("stdin holds over 64 KiB, too much for a token: give the token alone")
    token = take_apart(raw.decode("utf-8", "replace"))
    report = explain(token, SystemClock().unix() if at is None else at, public_key)
    write_text(out, report_as_json(report) if args.json else report_as_text(token, report, against))
    return _WRONG_EXIT if has_wrong(report.findings) else 0


def _key_to_verify(args: argparse.Namespace) -> tuple[PublicKey | None, str]:
    """The public key to verify the signature with, and its description or why there is none."""
    from depthview.auth.keys import load_public_key

    if args.public_key is not None:
        return load_public_key(user_path(args.public_key)), "the key of --public-key"
    try:
        credentials = _find(args)
    except CredentialError:
        if key_options(args).explicit:
            raise
        return None, "the configured key cannot be used; see `depthview auth check`"
    if credentials is None:
        return None, "no key is configured; give --public-key FILE"
    return credentials.private_key.reveal().public_key(), f"the configured key …{credentials.key_tail}"


def _public_key(args: argparse.Namespace, out: TextIO) -> int:
    from depthview.auth.keys import public_pem

    write_text(out, public_pem(_credentials(args).private_key.reveal().public_key()))
    return 0


def _check(args: argparse.Namespace, out: TextIO) -> int:
    from depthview.auth.credentials import place_of_key
    from depthview.auth.diagnosis import describe, has_wrong, kind_of
    from depthview.auth.report import finding_line
    from depthview.auth.tokens import BACKDATED_SECONDS, TOKEN_LIFE_SECONDS
    from depthview.clock import SystemClock

    clock = SystemClock()
    if args.jwt_from_env:
        return _check_ready_token(clock, out)
    credentials = _credentials(args)
    place = place_of_key(key_options(args), os.environ, config_folder())
    findings = describe(credentials, clock.unix())
    lines = [
        f"type         {kind_of(credentials)}",
        f"name         {credentials.key_name}",
        f"source       {credentials.source}",
        f"permissions  {_permissions(place)}",
    ]
    works = _signs_and_verifies(credentials, clock)
    life = f"valid for {TOKEN_LIFE_SECONDS - BACKDATED_SECONDS} s, as nbf is set {BACKDATED_SECONDS} s back"
    lines.append(
        f"token        signed and verified; {life}" if works else "token        signed, but its signature is not valid"
    )
    lines += [finding_line(finding, _LABEL) for finding in findings]
    write_text(out, "\n".join(lines) + "\n")
    return _KEY_EXIT if has_wrong(findings) or not works else 0


def _check_ready_token(clock: Clock, out: TextIO) -> int:
    from depthview.auth.ready_token import ready_token_from
    from depthview.auth.report import finding_line

    ready = ready_token_from(os.environ, clock.unix())
    left = ready.expires_at - clock.unix()
    lines = [
        f"type         {ready.algorithm} token, signed elsewhere with the key …{ready.key_tail}",
        f"source       {ready.source}",
        f"life left    {left:,.0f} s; it cannot be renewed, and later messages carry no token",
        *(f"stripped     {what}" for what in ready.stripped),
        *(finding_line(finding, _LABEL) for finding in ready.findings),
    ]
    write_text(out, "\n".join(lines) + "\n")
    return 0


def _signs_and_verifies(credentials: Credentials, clock: Clock) -> bool:
    from depthview.auth.keys import fits
    from depthview.auth.token_report import take_apart
    from depthview.auth.tokens import Signer

    token = take_apart(Signer(credentials, clock).sign().text)
    public_key = credentials.private_key.reveal().public_key()
    return token.signature is not None and fits(public_key, token.signature, token.signed)


def _permissions(place: KeyPlace | None) -> str:
    import stat

    from depthview.auth.credentials import loose_mode

    if place is None or place.path is None:
        return "none: the key is in the environment"
    mode = stat.S_IMODE(place.path.stat().st_mode)
    return f"{mode:04o}" + (", accessible to others" if loose_mode(place) is not None else ", owner only")


def _find(args: argparse.Namespace) -> Credentials | None:
    from depthview.auth.credentials import find_credentials

    return find_credentials(key_options(args), os.environ, config_folder())


def _credentials(args: argparse.Namespace) -> Credentials:
    credentials = _find(args)
    if credentials is None:
        raise CredentialError(_NO_KEY)
    return credentials


def _time(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_TIME):
        raise UsageError(f"--at {text[:24]!a} is not a time: give whole unix seconds")
    return int(text)


def _nonce(text: str | None) -> str:
    if text is None:
        return ""
    if not text or len(text) > 128 or not text.isascii() or not text.isprintable():
        raise UsageError("--nonce must be 1 to 128 printable ASCII characters")
    return text
