"""Asking for a size: in which currency it is taken, and what it is for, is said while one types."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from depthview.ui.ladder.amounts import parse_amount
from depthview.ui.ladder.entry import Entry
from depthview.ui.ladder.foot import amount_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import App

    from depthview.preferences.keymap import Keymap
    from depthview.views.depth import DepthView, Impact


class Question(NamedTuple):
    """What a size is asked for."""

    prompt: str
    """What to type."""
    purpose: str
    """What is done with a size; ``{}`` stands for it."""
    none: str
    """What is done with none; empty where there is none to take back."""


def ask_size(
    app: App[object],
    depth: DepthView,
    question: Question,
    taken: Callable[[Impact | None], None],
    keymap: Keymap,
    *,
    in_quote: bool,
) -> None:
    """Have a size typed.

    Args:
        app: Where.
        depth: For the names of its currencies.
        question: What for.
        taken: Called with the size, or with None where nothing was typed; not called where one thinks better of it.
        keymap: Which key does what.
        in_quote: What a number without a currency is counted in.
    """

    def size_of(text: str) -> Impact | None:
        return parse_amount(text, depth.base, depth.quote, in_quote=in_quote) if text.strip() else None

    def understood(text: str) -> str:
        size = size_of(text)
        said = question.none if size is None else question.purpose.format(amount_words(size, depth))
        return f"{keymap.name('entry.accept')} {said}".lstrip() if said else ""

    def answered(text: str | None) -> None:
        if text is not None:
            taken(size_of(text))

    unit, other = (depth.quote, depth.base) if in_quote else (depth.base, depth.quote)
    prompt = f"{question.prompt}, in {unit} unless you say {other}"
    app.push_screen(Entry(prompt, f"5, 250k, 250k {depth.quote}", understood, keymap), answered)
