"""``depthview config``: where the settings are, what is in force and why, and a first file."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final

from depthview.config.arguments import add_options
from depthview.config.options import CONFIG
from depthview.core.text import shown_path
from depthview.errors import ConfigurationError
from depthview.system.files import create_private_file, why_not_created
from depthview.system.stdout import write_text

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from depthview.config.load import Configuration
    from depthview.config.template import ColorWarning


_ACTIONS: Final = {
    "path": "print the path of the file",
    "show": "print every setting in force and where it comes from",
    "init": "write a file that explains every setting",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Give a parser the command's arguments but the settings; :func:`run` takes what they parse to."""
    told = "; ".join(f"{action}: {text}" for action, text in _ACTIONS.items())
    parser.add_argument("action", choices=tuple(_ACTIONS), metavar="path|show|init", help=told)
    parser.add_argument("--json", action="store_true", help="with show: as JSON")
    parser.add_argument("--force", action="store_true", help="with init: replace an existing file")
    add_options(parser, (CONFIG,))


def run(args: argparse.Namespace, color_warning: ColorWarning) -> int:
    """Run the command; returns the exit code.

    Args:
        args: What the command line parsed to.
        color_warning: What ``show`` says of the user's own colors on a theme; see ``shown_text``.

    Raises:
        ConfigurationError: A file that is invalid, or cannot be read or created.
    """
    from depthview.config.load import configuration_of, path_of

    path, _ = path_of(args)
    if args.action == "path":
        write_text(sys.stdout, f"{path}\n")
    elif args.action == "init":
        _write(path, force=args.force)
        write_text(sys.stdout, f"{path}\n")
    else:
        _show(configuration_of(args, remembered=True), color_warning, as_json=args.json)
    return 0


def _show(configuration: Configuration, color_warning: ColorWarning, *, as_json: bool) -> None:
    from depthview.config.template import shown_json, shown_text

    write_text(sys.stdout, (shown_json if as_json else shown_text)(configuration, color_warning))


def _write(path: Path, *, force: bool) -> None:
    from depthview.config.template import initial_text

    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(create_private_file(path, force=force), "w", encoding="utf-8") as file:
            file.write(initial_text())
    except (OSError, ValueError) as e:
        reason = why_not_created(e, force=force)
        raise ConfigurationError(f"cannot write configuration {shown_path(path)}: {reason}") from None
