"""The keys: one table from which the bindings, the footer, the help screen and the command palette are made."""

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
    name: str
    """The key as a person writes it."""
    command: str
    """What it does in a few words, for the command palette."""
    help: str
    shown: str = ""
    """What footer and help page write for it, which may stand for a pair of keys; empty leaves it to the other one."""
    label: str = ""
    """For the footer; empty leaves it out."""
    priority: bool = False


KEYS: Final = (
    Key("app.quit", "q", "app.quit", "q", "Quit",
        "Leave. Ctrl+Q does it from anywhere, Ctrl+C too (exit code 130).", "q", "quit"),
    Key("app.help", "question_mark,f1", "help", "?", "Help", "Every column, word, number and key.", "?", "help"),
    Key("depth.freeze", "space", "freeze", "space", "Freeze, or go on",
        "Freeze the picture of the ladders and the tape. The feed goes on, and so do verdict and counters.",
        "space", "freeze"),
    Key("product.find", "slash", "find", "/", "Find a product",
        "Find any product of the venue and add it.", "/", "find"),
    Key("depth.finer", "left_square_bracket", "group(-1)", "[", "Finer rows",
        "Narrower ([) or wider (]) rows.", "[ ]", "group"),
    Key("depth.coarser", "right_square_bracket", "group(1)", "]", "Coarser rows",
        "Wider rows: prices gathered, sizes summed."),
    Key("product.next", "tab", "cycle(1)", "tab", "Next product",
        "The product of the next tab; Shift+Tab the one before.", "tab", "next", priority=True),
    Key("product.previous", "shift+tab", "cycle(-1)", "Shift+Tab", "Previous product",
        "The product of the tab before.", priority=True),
    Key("view.ladders", "w", "ladders", "w", "More ladders",
        "One ladder, or two to four side by side, as room allows.", "w", "ladders"),
    Key("health.panel", "i", "health", "i", "Health", "Everything known of the connection.", "i", "health"),
    Key("token.panel", "a", "token", "a", "Token",
        "Everything known of key and token: countdown, clock, and why a token was refused.", "a", "token"),
    Key("events.log", "e", "events", "e", "Events", "The whole event log.", "e", "events"),
    Key("feed.resync", "r", "resync", "r", "Resync",
        "Ask the venue for new snapshots of all products.", "r", "resync"),
    Key("product.remove", "x", "remove", "x", "Remove the product",
        "Take the product off the screen and unsubscribe it.", "x", "remove"),
    Key("product.restore", "u", "restore", "u", "Undo the removal",
        "Bring the last removed product back.", "u", "undo"),
)  # fmt: skip
"""Most important first: the footer shows as many as fit."""

SLOTS: Final = Key(
    "product.slot", "", "", "1-9", "Show a product",
    "Choose the product of that number; a click on its tab does it too.", "1-9", "product",
)  # fmt: skip
PALETTE: Final = Key(
    "app.palette", "", "", "Ctrl+P", "Palette",
    "All of these by name, themes, and in a demo the faults that its exchange can be asked for.", "Ctrl+P",
)  # fmt: skip
STOP: Final = Key(
    "app.stop", "ctrl+z", "app.stop", "Ctrl+Z", "Stop",
    "Back to the shell; fg continues.", "Ctrl+Z",
)  # fmt: skip


def bindings() -> list[Binding]:
    """Bindings of the market screen, each with an id by which it can be remapped."""
    table = [Binding(k.keys, k.action, k.command, id=k.id, priority=k.priority, show=False) for k in KEYS]
    slots = [Binding(str(n), f"slot({n})", f"Product {n}", id=f"{SLOTS.id}.{n}", show=False) for n in range(1, 10)]
    return table + slots
