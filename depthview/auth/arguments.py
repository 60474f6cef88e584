"""What a command line says of keys and tokens; argparse only, nothing heavy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from depthview.config.options import CONFIG, KEY
from depthview.config.run_options import CredentialOptions

if TYPE_CHECKING:
    import argparse


def key_options(args: argparse.Namespace) -> CredentialOptions:
    """What the options :data:`~depthview.config.options.KEY` parsed to.

    Raises:
        UsageError: They contradict each other.
    """
    given: dict[str, Any] = {
        option.name: option.read(value)
        for option in KEY
        if option is not CONFIG and (value := getattr(args, option.name)) is not None
    }
    return CredentialOptions(**given, configured_file=getattr(args, "configured_key_file", None))
