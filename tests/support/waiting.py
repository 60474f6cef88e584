"""Waiting for what is about to happen, and not a moment longer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_EVERY = 0.003


async def until(condition: Callable[[], object], what: str, seconds: float = 25.0) -> None:
    """Wait until ``condition`` holds.

    Args:
        condition: Asked every few milliseconds.
        what: What is waited for, for the message.
        seconds: How long at most.

    Raises:
        AssertionError: It did not come to hold.
    """
    try:
        async with asyncio.timeout(seconds):
            while not condition():  # noqa: ASYNC110  # conditions are of all kinds: there is no event to wait on
                await asyncio.sleep(_EVERY)
    except TimeoutError:
        raise AssertionError(f"waited {seconds:g} s in vain for: {what}") from None
