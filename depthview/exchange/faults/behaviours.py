"""Which class does what the catalogue says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from depthview.exchange.faults import age, books, doors, listings, noise, ordering, silence, subscriptions

if TYPE_CHECKING:
    from depthview.exchange.faults.effect import LineEffect, VenueEffect
    from depthview.exchange.faults.grammar import Order

ON_LINES: Final[dict[str, type[LineEffect]]] = {
    "gap": ordering.Gap,
    "duplicate": ordering.Duplicate,
    "out_of_order": ordering.OutOfOrder,
    "reset": ordering.Reset,
    "renumber": ordering.Renumber,
    "repeated_number": ordering.RepeatedNumber,
    "bad_number": ordering.BadNumber,
    "stall": silence.Stall,
    "omit": silence.Omit,
    "delay": age.Delay,
    "old_stamps": age.OldStamps,
    "pings": silence.Pings,
    "bad_heartbeat": noise.BadHeartbeat,
    "half_open": silence.HalfOpen,
    "heartbeat_stop": silence.HeartbeatStop,
    "close": silence.Close,
    "truncated": silence.Truncated,
    "slow_drip": silence.SlowDrip,
    "flood": silence.Flood,
    "no_ack": silence.NoAcknowledgement,
    "stale_ack": subscriptions.StaleAcknowledgement,
    "drop_subscription": subscriptions.DropSubscription,
    "refuse_subscribe": subscriptions.RefuseSubscribe,
    "no_snapshot": silence.NoSnapshot,
    "rate_limit": doors.RateLimit,
    "garbage": noise.Garbage,
    "bad_utf8": noise.BadUtf8,
    "hostile_text": noise.HostileText,
    "hostile_numbers": noise.HostileNumbers,
    "odd_sizes": books.OddSizes,
    "crossed": books.Crossed,
    "wrong_ticker": books.WrongTicker,
    "early_update": books.EarlyUpdate,
    "second_snapshot": books.SecondSnapshot,
    "split_snapshot": books.SplitSnapshot,
    "bad_updates": books.BadUpdates,
    "misnamed": books.Misnamed,
    "bare_ticker": books.BareTicker,
    "empty_snapshot": books.EmptySnapshot,
    "one_sided": books.OneSided,
    "huge_snapshot": books.HugeSnapshot,
    "unknown_channel": noise.UnknownChannel,
    "unknown_event": noise.UnknownEvent,
    "late_frames": listings.LateFrames,
    "product_error": listings.ProductError,
    "alias": listings.Alias,
}
"""Faults of one connection, or of each."""

ON_VENUE: Final[dict[str, type[VenueEffect]]] = {
    "refuse_auth": doors.RefuseAuth,
    "expire": doors.Expire,
    "clock": doors.WrongClock,
    "handshake": doors.Handshake,
    "hang": doors.Hang,
    "redirect": doors.Redirect,
    "delist": listings.Delist,
    "permissions": doors.Permissions,
}
"""Faults of what all connections share."""


def venue_effect(order: Order) -> type[VenueEffect] | None:
    """What to put to work on the venue; None for a fault of connections."""
    if order.fault.name == "rate_limit" and order.settings.flag("http"):
        return doors.TooManyHandshakes
    return ON_VENUE.get(order.fault.name)
