"""What a driver tells, held against the exchange's own books."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tools.interop.clients import Client

Answer = dict[str, Any]
"""A driver's line, or ``{"failure": why there is none}``."""
Books = dict[str, dict[str, list[list[str]]]]
"""``{"BTC-USD": {"bids": [["65083.66", "0.5"], ...], "asks": [...]}}``, best first."""


def complaints(client: Client, answer: Answer, truth: Books, seconds: float) -> list[str]:
    """What is wrong with an answer of a client whose key is good; nothing when all is as it must be."""
    if "failure" in answer:
        return [answer["failure"]]
    found = [f"refused: {text}" for text in answer["refusals"]]
    if answer["seconds"] < seconds:
        found.append(f"saw books move for {answer['seconds']:.1f} s only")
    if unseen := client.channels - answer["channels"].keys():
        found.append(f"understood nothing of {', '.join(sorted(unseen))}")
    for product, book in truth.items():
        kept = answer["books"].get(product, {})
        for side, levels in book.items():
            if not levels:
                found.append(f"the exchange has no {side} of {product}: nothing was compared")
            expected = levels if client.is_exact else [[float(text) for text in level] for level in levels]
            if kept.get(side) != expected:
                found.append(f"{side} of {product}: {_difference(kept.get(side) or [], expected)}")
    return found


def refusal_complaints(answer: Answer) -> list[str]:
    """What is wrong with an answer of a client whose key is not."""
    if "failure" in answer:
        return [f"with a wrong key: {answer['failure']}"]
    found = []
    if not any("authentication failure" in text for text in answer["refusals"]):
        found.append(f"a wrong key was not refused on the WebSocket: {answer['refusals']}")
    if answer["books"]:
        found.append("got books with a wrong key")
    return found


def _difference(kept: list[Any], expected: list[Any]) -> str:
    for rank, (one, other) in enumerate(zip(kept, expected, strict=False)):
        if one != other:
            return f"level {rank + 1} is {one} and not {other}"
    return f"{len(kept)} levels and not {len(expected)}"
