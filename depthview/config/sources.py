"""From a parsed command line to the settings in force: the one place that looks up the user's folders for them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from depthview.config.configuration import Configuration, Source, configuration_path, load
from depthview.config.entries import ENTRIES, FLIGHT_FOLDER, FLIGHT_RECORDER, KEY_FILE, REMEMBER
from depthview.config.memory import recall

if TYPE_CHECKING:
    import argparse


def path_of(args: argparse.Namespace) -> tuple[Path, bool]:
    """Where the file is, and whether somebody has named it."""
    from platformdirs import user_config_path

    folder = user_config_path("depthview", appauthor=False)
    return configuration_path(getattr(args, "config", None), os.environ, folder)


def key_file_of(configuration: Configuration) -> Path | None:
    """The key file that the configuration names; a relative path is meant from the file that says it."""
    given = configuration.origin(KEY_FILE)
    if not given.value:
        return None
    # Not Path.expanduser(), which raises for a user that does not exist.
    path = Path(os.path.expanduser(str(given.value)))
    return configuration.path.parent / path if given.source is Source.FILE else path


def flight_folder_of(configuration: Configuration) -> Path | None:
    """Where flight recordings are made, a relative path as of :func:`key_file_of`; None where none are wanted."""
    if not configuration.value(FLIGHT_RECORDER):
        return None
    given = configuration.origin(FLIGHT_FOLDER)
    if not given.value:
        return state_folder() / "flights"
    path = Path(os.path.expanduser(str(given.value)))
    return configuration.path.parent / path if given.source is Source.FILE else path


def state_folder() -> Path:
    """The user's folder for what depthview remembers by itself."""
    from platformdirs import user_state_path

    return user_state_path("depthview", appauthor=False)


def configuration_of(args: argparse.Namespace, *, remembered: bool) -> Configuration:
    """The settings in force.

    Args:
        args: What the command line parsed to; flags that were not given are None or missing.
        remembered: Whether how the last session was left may say what else is left open.

    Raises:
        UsageError: A flag that cannot be obeyed.
        ConfigurationError: A file or a variable that cannot be.
    """
    path, named = path_of(args)
    flags = {entry.name: getattr(args, f"setting_{entry.name}", None) for entry in ENTRIES}
    configuration = load(flags, os.environ, path, must_exist=named)
    if remembered and configuration.value(REMEMBER):
        configuration = configuration.with_remembered(recall(state_folder()))
    return configuration
