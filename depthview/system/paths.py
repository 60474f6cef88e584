"""Paths as users write and read them."""

from __future__ import annotations

import os
from pathlib import Path

from depthview.core.text import shown_path


def user_path(text: str | Path) -> Path:
    """The path that a user wrote, ``~`` being their home folder; a home that does not exist stays as written."""
    return Path(os.path.expanduser(text))  # Path.expanduser() raises for a user that does not exist


def path_from_home(path: Path) -> str:
    """A path for the screen: below the home folder it begins with ``~``; nothing in it can control a terminal."""
    text, home = shown_path(path), os.path.expanduser("~")
    return f"~{text[len(home) :]}" if home not in ("", "/", "~") and text.startswith(home + os.sep) else text


def config_folder() -> Path:
    from platformdirs import user_config_path

    return user_config_path("depthview", appauthor=False)


def state_folder() -> Path:
    from platformdirs import user_state_path

    return user_state_path("depthview", appauthor=False)
