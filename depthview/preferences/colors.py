"""The user's own colors, and the names of colors and themes: a configuration is checked without Textual."""

from __future__ import annotations

from typing import Final, NamedTuple


class OwnColors(NamedTuple):
    """As written: ``#rgb``, ``#rrggbb`` or a name; empty for the theme's own."""

    bid: str = ""
    ask: str = ""
    warning: str = ""
    bad: str = ""
    ground: str = ""
    text: str = ""

    @property
    def asked(self) -> dict[str, str]:
        return {name: colour for name, colour in self._asdict().items() if colour}


NO_COLORS: Final = OwnColors()
MEANINGS: Final = OwnColors(
    bid="bids, and what buyers took",
    ask="asks, and what sellers took",
    warning="warnings",
    bad="doubt and faults",
    ground="background",
    text="text, and the dimmed text derived from it",
)
"""What each colors."""
EXAMPLES: Final = OwnColors("#56b4e9", "#e69f00", "#f0e442", "#ff7aa8", "#0b0e14", "#dde2ea")
"""Those of the default theme."""
COLOR_NAMES: Final = (
    "aliceblue", "antiquewhite", "aqua", "aquamarine", "azure", "beige", "bisque", "black", "blanchedalmond",
    "blue", "blueviolet", "brown", "burlywood", "cadetblue", "chartreuse", "chocolate", "coral", "cornflowerblue",
    "cornsilk", "crimson", "cyan", "darkblue", "darkcyan", "darkgoldenrod", "darkgray", "darkgreen", "darkgrey",
    "darkkhaki", "darkmagenta", "darkolivegreen", "darkorange", "darkorchid", "darkred", "darksalmon",
    "darkseagreen", "darkslateblue", "darkslategray", "darkslategrey", "darkturquoise", "darkviolet", "deeppink",
    "deepskyblue", "dimgray", "dimgrey", "dodgerblue", "firebrick", "floralwhite", "forestgreen", "fuchsia",
    "gainsboro", "ghostwhite", "gold", "goldenrod", "gray", "green", "greenyellow", "grey", "honeydew", "hotpink",
    "indianred", "indigo", "ivory", "khaki", "lavender", "lavenderblush", "lawngreen", "lemonchiffon", "lightblue",
    "lightcoral", "lightcyan", "lightgoldenrodyellow", "lightgray", "lightgreen", "lightgrey", "lightpink",
    "lightsalmon", "lightseagreen", "lightskyblue", "lightslategray", "lightslategrey", "lightsteelblue",
    "lightyellow", "lime", "limegreen", "linen", "magenta", "maroon", "mediumaquamarine", "mediumblue",
    "mediumorchid", "mediumpurple", "mediumseagreen", "mediumslateblue", "mediumspringgreen", "mediumturquoise",
    "mediumvioletred", "midnightblue", "mintcream", "mistyrose", "moccasin", "navajowhite", "navy", "oldlace",
    "olive", "olivedrab", "orange", "orangered", "orchid", "palegoldenrod", "palegreen", "paleturquoise",
    "palevioletred", "papayawhip", "peachpuff", "peru", "pink", "plum", "powderblue", "purple", "rebeccapurple",
    "red", "rosybrown", "royalblue", "saddlebrown", "salmon", "sandybrown", "seagreen", "seashell", "sienna",
    "silver", "skyblue", "slateblue", "slategray", "slategrey", "snow", "springgreen", "steelblue", "tan", "teal",
    "thistle", "tomato", "turquoise", "violet", "wheat", "white", "whitesmoke", "yellow", "yellowgreen",
)  # fmt: skip
"""The CSS colors, which Textual knows by name and which look the same in every terminal."""


DARK_NAME: Final = "depthview-dark"
MONO_NAME: Final = "mono"
OWN_THEMES: Final = {
    DARK_NAME: "blue bid, orange ask, dark: distinguishable with every kind of colour vision",
    "depthview-light": "the same on white",
    "classic-dark": "green bid, red ask",
    "classic-light": "the same on white",
    "red-up": "red bid, green ask, as in East Asia",
    MONO_NAME: "no colours: sides by position, states by word and glyph",
    "high-contrast": "white, cyan and yellow on black",
}
"""With a description."""
TEXTUAL_THEMES: Final = (
    "textual-dark", "textual-light", "nord", "gruvbox", "catppuccin-mocha", "dracula", "tokyo-night", "monokai",
    "flexoki", "catppuccin-latte", "catppuccin-frappe", "catppuccin-macchiato", "solarized-light", "solarized-dark",
    "rose-pine", "rose-pine-moon", "rose-pine-dawn", "atom-one-dark", "atom-one-light", "ansi-dark", "ansi-light",
)  # fmt: skip
"""Themes that come with Textual (8.2.8)."""
