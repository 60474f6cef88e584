"""The help page: every place, column, word, number and key of the screen. Pure."""

from __future__ import annotations

from typing import Final

from rich.cells import cell_len

from depthview.core.verdict import Verdict
from depthview.preferences.keymap import DEFAULT_KEYMAP, Keymap
from depthview.preferences.keys import ANYWHERE, SECTIONS, SLOTS
from depthview.ui.explained import PANELS
from depthview.ui.formats import VERDICT_GLYPHS, verdict_block, verdict_style
from depthview.ui.ladder.explained import LADDER
from depthview.ui.lines import BLANK, Line, cut, title, wrap

_VERDICTS: Final = {
    Verdict.SYNCED: "A snapshot and every change since: the book can be trusted.",
    Verdict.QUIET: "Trusted too: heartbeats are fine, only nothing has changed for a while.",
    Verdict.SYNCING: "Asked for; the first snapshot has not come yet.",
    Verdict.STALE: "In doubt, for the reason beside it; new snapshots are being fetched.",
    Verdict.DOWN: "No connection.",
    Verdict.NO_DATA: "The venue does not answer for this product.",
}
SECTIONS_EXPLAINED: Final = (*LADDER, *PANELS)
"""Everything that is explained, by heading."""
_LABEL: Final = 14


def _entry(label: str, text: str, width: int, style: str = "strong") -> list[Line]:
    rows = wrap(text, max(10, width - _LABEL - 2)) or [""]
    if cell_len(label) > _LABEL:
        return [((f" {cut(label, width - 2)}", style),), *(((" " * (_LABEL + 1) + row, "text"),) for row in rows)]
    first: Line = ((f" {label:<{_LABEL}}", style), (rows[0], "text"))
    return [first, *(((" " * (_LABEL + 1) + row, "text"),) for row in rows[1:])]


def _keys(keymap: Keymap, width: int) -> list[Line]:
    """The keys by their groups; what has no key is named in the palette only."""
    lines: list[Line] = []
    seconds = {key.pair for section in SECTIONS for key in section.keys}
    for section in SECTIONS:
        keys = [(keymap.shown(key), key.help) for key in section.keys if key.id not in seconds]
        if section.title == "EVERYWHERE":
            keys += [(keymap.shown(key), key.help) for key in ANYWHERE]
        if section.title == "PRODUCTS":
            keys.insert(0, (keymap.shown_slots(), SLOTS[0].help))
        if any(name for name, _ in keys):
            lines += [BLANK] if lines else []
            lines.append(title(f"KEYS: {section.title}", section.note, width))
            for name, text in keys:
                lines += _entry(name, text, width) if name else []
    return lines


def help_page(width: int, keymap: Keymap = DEFAULT_KEYMAP) -> list[Line]:
    """All of it, in ``width`` columns."""
    lines = _keys(keymap, width)
    lines += [BLANK, title("VERDICT", "top left of every ladder", width)]
    for verdict in VERDICT_GLYPHS:
        rows = wrap(_VERDICTS[verdict], max(10, width - _LABEL - 2))
        lines.append(
            ((" ", "text"), (verdict_block(verdict), verdict_style(verdict)), ("   ", "text"), (rows[0], "text"))
        )
        lines += [((" " * (_LABEL + 1) + row, "text"),) for row in rows[1:]]
    for name, entries in SECTIONS_EXPLAINED:
        lines += [BLANK, title(name, "", width)]
        for entry in entries:
            lines += _entry(entry.label, f"{entry.text} ({entry.unit})" if entry.unit else entry.text, width)
    return lines
