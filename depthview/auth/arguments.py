"""What a command line says of keys and tokens, and the arguments that say it; argparse only, nothing heavy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from depthview.config.options import CredentialOptions
from depthview.system.paths import optional_path

if TYPE_CHECKING:
    import argparse


def add_key_arguments(parser: argparse.ArgumentParser) -> None:
    """Give a parser the arguments that :func:`key_options` reads."""
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--key-file", metavar="FILE", help="CDP key file (JSON), or a PEM with --key-name")
    group.add_argument("--env-key", action="store_true", help="take COINBASE_API_KEY and COINBASE_API_SECRET")
    group.add_argument("--env-file", metavar="FILE", help="a .env file with NAME and PRIVATE_KEY")
    group.add_argument("--jwt-from-env", action="store_true", help="use the ready-made token in JWT until it expires")
    group.add_argument("--public", action="store_true", help="use no key, even if there is one")
    parser.add_argument("--key-name", metavar="NAME", default="", help="name of the key in a --key-file that is a PEM")
    parser.add_argument("--config", metavar="FILE", help="settings in place of those in your configuration folder")
    parser.add_argument(
        "--allow-loose-permissions", action="store_true", help="take a key file that others may read (mounted secrets)"
    )


def key_options(args: argparse.Namespace) -> CredentialOptions:
    """What the arguments of :func:`add_key_arguments` parsed to.

    Raises:
        UsageError: They contradict each other.
    """
    return CredentialOptions(
        key_file=optional_path(args.key_file),
        env_key=args.env_key,
        public=args.public,
        allow_loose_permissions=args.allow_loose_permissions,
        env_file=optional_path(args.env_file),
        key_name=args.key_name,
        configured_file=getattr(args, "configured_key_file", None),
        jwt_from_env=args.jwt_from_env,
    )
