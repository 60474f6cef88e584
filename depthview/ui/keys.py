"""The keys: one table from which the bindings, the footer and the help screen are made."""

from __future__ import annotations

from typing import Final, NamedTuple

from textual.binding import Binding


class Key(NamedTuple):
    """One thing that can be done by a key."""

    id: str
    """Names the binding in a configuration: never renamed."""
    keys: str
    """Textual's names, separated by commas."""
    action: str
    shown: str
    """The key as a person writes it."""
    label: str
    """For the footer; empty leaves it out."""
    help: str
    priority: bool = False


KEYS: Final = (
    Key("app.quit", "q", "app.quit", "q", "quit", "Quit. Ctrl+Q does it from anywhere, Ctrl+C too (exit code 130)."),
    Key("app.help", "question_mark,f1", "help", "?", "help", "This page."),
    Key("depth.freeze", "space", "freeze", "space", "freeze",
        "Freeze the picture of the ladders and the tape. The feed goes on, and so do verdict and counters."),
    Key("product.find", "slash", "find", "/", "find", "Find any product of the venue and add it."),
    Key("depth.finer", "left_square_bracket", "group(-1)", "[ ]", "group", "Finer ([) or coarser (]) rows."),
    Key("depth.coarser", "right_square_bracket", "group(1)", "", "", ""),
    Key("product.next", "tab", "cycle(1)", "tab", "next", "Next product; Shift+Tab the one before.", priority=True),
    Key("product.previous", "shift+tab", "cycle(-1)", "", "", "", priority=True),
    Key("view.ladders", "w", "ladders", "w", "ladders", "One ladder, or two to four side by side, as room allows."),
    Key("health.panel", "i", "health", "i", "health", "Everything known of the connection."),
    Key("events.log", "e", "events", "e", "events", "The whole event log."),
    Key("feed.resync", "r", "resync", "r", "resync", "Ask the venue for new snapshots of all products."),
    Key("product.remove", "x", "remove", "x", "remove", "Take the product off the screen and unsubscribe it."),
    Key("product.restore", "u", "restore", "u", "undo", "Bring the last removed product back."),
)  # fmt: skip
"""Most important first: the footer shows as many as fit."""

SLOTS: Final = Key(
    "product.slot", "", "", "1-9", "product", "Choose the product of that number; a click on its tab does it too."
)


def bindings() -> list[Binding]:
    """Bindings of the market screen, each with an id by which it can be remapped."""
    table = [Binding(k.keys, k.action, k.label or k.action, id=k.id, priority=k.priority, show=False) for k in KEYS]
    slots = [Binding(str(n), f"slot({n})", f"Product {n}", id=f"{SLOTS.id}.{n}", show=False) for n in range(1, 10)]
    return table + slots
