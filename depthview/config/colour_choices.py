"""The table ``[colors]``: names of what has a colour to colours, named where they are wrong."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from depthview.config.key_choices import Wrong
from depthview.config.readers import Unfit, nearest, shown
from depthview.preferences.colors import COLOR_NAMES, OwnColours

if TYPE_CHECKING:
    from collections.abc import Mapping

_HEX: Final = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})")


def read_colours(table: Mapping[str, object]) -> tuple[OwnColours, list[Wrong]]:
    """The colours that ``table`` asks for, and what is wrong with it."""
    asked: dict[str, str] = {}
    wrong: list[Wrong] = []
    for name, value in table.items():
        if name not in OwnColours._fields:
            known = nearest(name, OwnColours._fields) or f": there are {', '.join(OwnColours._fields)}"
            wrong.append(Wrong((name,), f"{shown(name)} is nothing that has a colour of its own{known}"))
            continue
        try:
            asked[name] = _colour(value)
        except Unfit as reason:
            wrong.append(Wrong((name,), f"the colour of {name}: {reason}"))
    return OwnColours(**asked), wrong


def _colour(value: object) -> str:
    if not isinstance(value, str):
        raise Unfit(f'{shown(value)} is no colour: write it in quotes, as "#56b4e9" or "orange"')
    text = value.strip().lower()
    if _HEX.fullmatch(text):
        return text
    if text in COLOR_NAMES:
        return text
    near = "" if text.startswith("#") else nearest(text, COLOR_NAMES)
    raise Unfit(f"{shown(value)} is no colour{near or ': they are written as #56b4e9, or by a name such as orange'}")
