"""Names of our own themes. Pure, so that a configuration can be checked without loading Textual."""

from __future__ import annotations

from typing import Final

DARK_NAME: Final = "depthview-dark"
MONO_NAME: Final = "mono"
OWN_THEMES: Final = {
    DARK_NAME: "blue bid, orange ask, dark: told apart by every kind of colour vision",
    "depthview-light": "the same on white",
    "classic-dark": "green bid, red ask",
    "classic-light": "the same on white",
    "red-up": "red bid, green ask, as in East Asia",
    MONO_NAME: "no colours: sides by place, states by word and glyph",
    "high-contrast": "white, cyan and yellow on black",
}
"""With what each is, in a phrase."""
TEXTUAL_THEMES: Final = (
    "textual-dark", "textual-light", "nord", "gruvbox", "catppuccin-mocha", "dracula", "tokyo-night", "monokai",
    "flexoki", "catppuccin-latte", "catppuccin-frappe", "catppuccin-macchiato", "solarized-light", "solarized-dark",
    "rose-pine", "rose-pine-moon", "rose-pine-dawn", "atom-one-dark", "atom-one-light", "ansi-dark", "ansi-light",
)  # fmt: skip
"""Themes that come with Textual (8.2.8)."""
