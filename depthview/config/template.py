"""The texts of ``config show``, settings with their origins, and of ``config init``, every setting explained."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Final, TypeAlias

from depthview.config.options import SETTINGS, THEME
from depthview.core.text import plain_text, shown_path
from depthview.preferences.colors import EXAMPLES, MEANINGS
from depthview.preferences.keymap import shown_name
from depthview.preferences.keys import ANYWHERE, REMAPPABLE, SECTIONS, SLOTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from depthview.config.load import Configuration
    from depthview.preferences.colors import OwnColors
    from depthview.preferences.keys import Key


_WIDTH: Final = 34
"""Columns of a line before its comment."""

ColorWarning: TypeAlias = "Callable[[str, OwnColors], str]"
Toml = bool | int | Decimal | str | list[str]


def toml_value(value: Toml) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(toml_value(item) for item in value)}]"
    if isinstance(value, str):
        # JSON's strings are TOML's, except for DEL, which TOML does not allow.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _line(name: str, value: Toml, comment: str) -> str:
    return f"{f'{name} = {toml_value(value)}':<{_WIDTH}} # {comment}"


def _key_value(names: tuple[str, ...]) -> Toml:
    """Keys as a user writes them; a single one without a list."""
    written = [name if "+" in name else _spelled(name) for name in names]
    return written[0] if len(written) == 1 else written


def _spelled(name: str) -> str:
    shown = shown_name(name)
    return shown if len(shown) == 1 and shown.isascii() else name


def shown_text(configuration: Configuration, color_warning: ColorWarning) -> str:
    """Every setting in force as TOML, each with its origin.

    Args:
        configuration: What to show.
        color_warning: What to say of a theme with the user's own colors on it; empty for nothing.
    """
    where = shown_path(configuration.path)
    lines = [f"# {where}{'' if configuration.found else ' (does not exist)'}"]
    lines += [*(f"# {plain_text(told, 200)}" for told in configuration.warnings), ""]
    for setting in SETTINGS:
        sourced = configuration.sourced(setting)
        value = setting.written(sourced.value)
        unset = f"# {setting.name} is not set"
        lines.append(unset if value == "" else _line(setting.name, value, plain_text(sourced.origin)))
    lines += ["", "[groups]"]
    lines += [_line(product, width, "file") for product, width in configuration.groups.items()]
    lines += [_line(product, width, "remembered") for product, width in configuration.remembered_groups.items()]
    lines += ["", "[colors]"]
    lines += [_line(name, colour, "file") for name, colour in configuration.colors.asked.items()]
    if doubt := _warning_of(configuration, color_warning):
        lines.append(f"# {doubt}")
    lines += ["", "[keys]"]
    changed = configuration.keymap.changed
    for key_id in REMAPPABLE:
        keys = _key_value(configuration.keymap.keys(key_id))
        lines.append(_line(key_id, keys, "file" if key_id in changed else "default"))
    return "\n".join(lines) + "\n"


def shown_json(configuration: Configuration, color_warning: ColorWarning) -> str:
    def plain(value: Toml) -> object:
        return format(value, "f") if isinstance(value, Decimal) else value

    settings: dict[str, object] = {}
    for setting in SETTINGS:
        sourced = configuration.sourced(setting)
        value = setting.written(sourced.value)
        settings[setting.name] = {
            "value": None if value == "" else plain(value),
            "from": sourced.source.value,
            "where": sourced.where or None,
        }
    document = {
        "file": str(configuration.path),
        "found": configuration.found,
        "settings": settings,
        "groups": {product: format(width, "f") for product, width in configuration.groups.items()},
        "remembered_groups": {
            product: format(width, "f") for product, width in configuration.remembered_groups.items()
        },
        "colors": configuration.colors.asked,
        "colors_in_doubt": _warning_of(configuration, color_warning) or None,
        "keys": {key_id: list(configuration.keymap.keys(key_id)) for key_id in REMAPPABLE},
        "changed_keys": sorted(configuration.keymap.changed),
    }
    return json.dumps(document, indent=2) + "\n"


def _warning_of(configuration: Configuration, color_warning: ColorWarning) -> str:
    colours = configuration.colors
    asked = colours.bid or colours.ask
    return color_warning(configuration.value(THEME), colours) if asked else ""


def initial_text() -> str:
    """The first file: every setting with its default, commented out."""
    lines = [
        "# Settings of depthview. Every line shows a default, or an example of a path: remove its # to change it.",
        "# Flags override variables such as DEPTHVIEW_THEME, which override this file; `depthview config show`",
        "# prints what is in force. Keys and tokens do not belong here.",
        "",
    ]
    for setting in SETTINGS:
        value = setting.example or setting.written(setting.default)
        help_text = setting.help[0].upper() + setting.help[1:]
        lines += [f"# {help_text} ({setting.values}).", f"#{setting.name} = {toml_value(value)}", ""]
    lines += [
        "# Row widths in quote currency, by product.",
        "#[groups]",
        "#BTC-USD = 0.50",
        "",
        '# Your own colours, as "#56b4e9" or by a name such as "orange", on top of any theme. Each keeps its hue',
        "# and is made lighter or darker until it is readable. With 16 colours or NO_COLOR they are not used.",
        "#[colors]",
        *(f"#{_line(name, colour, getattr(MEANINGS, name))}" for name, colour in EXAMPLES.asked.items()),
        "",
        '# Keys: one, such as "v", "B", "[", "space", "f5" or "ctrl+x", a list of them, or "" for none.',
        "# Ctrl+Q and Ctrl+C always quit. In fields and lists, a key that types text cannot be bound.",
        "#[keys]",
    ]
    for section in SECTIONS:
        note = f": {section.note}" if section.note else ""
        lines += [f"# {section.title.capitalize()}{note}", *map(_initial_key, section.keys)]
    lines += ["# In every place", *map(_initial_key, ANYWHERE), "# Products by number", *map(_initial_key, SLOTS)]
    return "\n".join(lines) + "\n"


def _initial_key(key: Key) -> str:
    return f"#{_line(key.id, _key_value(tuple(key.keys.split(','))), key.command)}"
