"""Damage done to frames: strategies for hypothesis."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from tests.support.frames import wire

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.support.frames import Frame

_WORDS = [
    "l2_data", "snapshot", "update", "BTC-USD", "ETH-USD", "bid", "offer", "5", "0", "NaN", "1e9", "1\n2", "error",
]  # fmt: skip
_KEYS = [
    "channel", "events", "type", "updates", "product_id", "sequence_num", "side", "price_level", "new_quantity",
    "trades", "tickers", "products", "subscriptions", "timestamp", "message", "heartbeat_counter",
]  # fmt: skip

JSON: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=6), st.sampled_from(_WORDS)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(st.text(max_size=4), st.sampled_from(_KEYS)), inner, max_size=6),
    ),
    max_leaves=20,
)


@st.composite
def mutated(draw: st.DrawFn, shapes: Sequence[Frame]) -> bytes:
    """A frame of one of ``shapes`` with parts changed or removed, then perhaps bytes changed, or its end cut off."""
    whole = deepcopy(draw(st.sampled_from(shapes)))
    for _ in range(draw(st.integers(0, 2))):
        _change(draw, whole)
    raw = bytearray(wire(whole))
    for _ in range(draw(st.sampled_from([0, 0, 1, 2]))):
        raw[draw(st.integers(0, len(raw) - 1))] = draw(st.integers(0, 255))
    return bytes(raw[: draw(st.sampled_from([len(raw), len(raw), len(raw) // 2]))])


def _change(draw: st.DrawFn, holder: Any) -> None:  # noqa: ANN401  # JSON is anything
    while holder and isinstance(holder, (dict, list)):
        key = draw(st.sampled_from(sorted(holder) if isinstance(holder, dict) else range(len(holder))))
        if isinstance(holder[key], (dict, list)) and holder[key] and draw(st.booleans()):
            holder = holder[key]
            continue
        if draw(st.booleans()):
            del holder[key]
        else:
            holder[key] = draw(JSON)
        return
