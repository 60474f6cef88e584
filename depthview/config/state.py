"""What the last session saved, in a file in the state folder.

A session writes only what was changed in it, into what the file holds by then, so two sessions do not undo each other's
changes. The file is replaced as a whole, so that nobody reads half of it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from depthview.config.options import SETTINGS
from depthview.config.values import InvalidValue, number_above_zero
from depthview.core.text import is_product_id, shown_path
from depthview.system.files import create_private_file, open_without_waiting

if TYPE_CHECKING:
    from pathlib import Path

FILE_NAME: Final = "arrangement.json"
_MOST_BYTES: Final = 256 * 1024
_MOST_GROUPS: Final = 1000
_REMEMBERED: Final = {setting.name: setting for setting in SETTINGS if setting.remembered}


@dataclass(frozen=True, slots=True)
class SavedState:
    values: Mapping[str, object] = field(default_factory=dict)
    """By the setting's name."""
    groups: Mapping[str, Decimal] = field(default_factory=dict)
    """Row widths in quote currency by product."""
    damage: str = ""
    """What to report of a file that could not be read."""


def read_state(folder: Path) -> SavedState:
    """What the file in ``folder`` says; never raises."""
    path = folder / FILE_NAME
    try:
        with open(path, "rb", opener=open_without_waiting) as file:
            raw = file.read(_MOST_BYTES + 1)
        return _read(raw)
    except FileNotFoundError:
        return SavedState()
    except (OSError, ValueError, RecursionError, InvalidValue):
        # Invalid JSON and UTF-8 are ValueErrors.
        return SavedState(
            damage=f"the state of the last session could not be read and is discarded: {shown_path(path)}"
        )


def _read(raw: bytes) -> SavedState:
    document = json.loads(raw.decode("utf-8"))
    if not isinstance(document, dict) or document.get("depthview") != "arrangement":
        raise InvalidValue("not an arrangement")
    groups = document.get("groups", {})
    if not isinstance(groups, dict):
        raise InvalidValue("groups are not a table")
    return SavedState(
        {name: setting.read(document[name]) for name, setting in _REMEMBERED.items() if name in document},
        {product: number_above_zero(width) for product, width in groups.items() if is_product_id(product)},
    )


def save_state(folder: Path, values: Mapping[str, object], groups: Mapping[str, Decimal]) -> bool:
    """Add what was changed to what the file holds; False if it cannot be written.

    Args:
        folder: Made where it is missing.
        values: By the setting's name.
        groups: Row widths in quote currency by product.
    """
    before = read_state(folder)
    kept = {**before.values, **{name: value for name, value in values.items() if name in _REMEMBERED}}
    widths = {**before.groups, **groups}
    newest = list(widths.items())[-_MOST_GROUPS:]
    document = {
        "depthview": "arrangement",
        "version": 1,
        **{name: _json(_REMEMBERED[name].written(value)) for name, value in kept.items()},
        "groups": {product: format(width, "f") for product, width in newest},
    }
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _replace(folder / FILE_NAME, json.dumps(document, indent=2) + "\n")
    except OSError:
        return False
    return True


def _json(value: bool | int | Decimal | str | list[str]) -> bool | int | str | list[str]:
    return format(value, "f") if isinstance(value, Decimal) else value


def _replace(path: Path, text: str) -> None:
    """Replace ``path`` atomically by a private file with ``text``."""
    beside = path.with_name(f".{path.name}.{os.urandom(8).hex()}")
    try:
        with os.fdopen(create_private_file(beside), "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(beside, path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
