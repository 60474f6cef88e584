"""Injects faults: scripted ones when their time or frame has come, and at once those that a user asks for."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from depthview.errors import UsageError
from depthview.exchange.faults.catalogue import parse
from depthview.exchange.faults.fault import ConnectionFault, FaultContext, FaultOrder, VenueFault
from depthview.exchange.market import SeededRandom
from depthview.exchange.pipeline import Trigger

if TYPE_CHECKING:
    from collections.abc import Sequence

    from websockets.asyncio.server import ServerConnection
    from websockets.http11 import Response

    from depthview.exchange.connection import VenueConnection
    from depthview.exchange.venue import Venue


@dataclass(slots=True)
class _Schedule:
    order: FaultOrder
    rng: SeededRandom
    due: float | None
    """Monotonic seconds of the next occurrence; None while it waits for a connection or a frame."""
    left: int | None
    """Occurrences to come; None for no end."""

    def take(self) -> bool:
        """Count one occurrence; False when there are none left."""
        if self.left is None:
            return True
        self.left -= 1
        return self.left >= 0

    @property
    def is_done(self) -> bool:
        return self.left is not None and self.left <= 0

    def next_after(self, now: float) -> float:
        every = self.order.when.every
        if self.order.when.is_random:
            every *= (500 + self.rng.below(1_001)) / 1_000
        return max(now, (self.due or now) + every)


class Injector:
    """All faults of one exchange.

    Args:
        venue: What they act on.
        scripted: Faults to inject, as written.
        seed: Of what they leave to chance.

    Raises:
        UsageError: One of them is not a fault, or names a product that is not traded.
    """

    def __init__(self, venue: Venue, scripted: Sequence[str], seed: int) -> None:
        self._context = FaultContext(venue, asyncio.Event())
        self.log = self._context.log
        self._connections = self._context.connections
        self._seed = seed
        self._origin: float | None = None
        self._opened = 0
        self._orders = 0
        self._schedules: list[_Schedule] = []
        self._venue_faults: list[VenueFault] = []
        self._lasting: list[tuple[FaultOrder, type[ConnectionFault], float]] = []
        self._waiting: list[FaultOrder] = []
        for text in scripted:
            self._schedule(self._read(text, scripted=True))

    def start(self) -> None:
        """Inject what is to be there before the first client."""
        for schedule in self._schedules:
            when = schedule.order.when
            if (
                not when.is_by_frame
                and not when.after
                and issubclass(schedule.order.fault.made_by.class_for(schedule.order), VenueFault)
            ):
                schedule.due = self._context.now()
        self.tick()

    def opened(self, connection: VenueConnection) -> None:
        now = self._context.now()
        self._connections[connection.number] = connection
        self._opened = max(self._opened, connection.number)
        if self._origin is None:
            self._origin = now
            for schedule in self._schedules:
                if schedule.due is None and not schedule.order.when.is_by_frame:
                    schedule.due = now + (schedule.order.when.after or 0.0)
        for schedule in self._schedules:
            self._wait_for_frame(schedule, connection)
        for order, kind, until in self._lasting:
            if now < until and order.connection in {None, connection.number}:
                connection.pipeline.add(kind(order, self._context, until, connection))
        waiting, self._waiting = self._waiting, []
        for order in waiting:
            self._inject(order)
        self.tick()

    def closed(self, connection: VenueConnection) -> None:
        self._connections.pop(connection.number, None)

    def tick(self) -> None:
        """Inject what is due, and let time pass for what is active."""
        if not (self._schedules or self._venue_faults or self._connections):
            return
        now = self._context.now()
        for schedule in self._schedules:
            if schedule.due is None or now < schedule.due:
                continue
            if schedule.take():
                self._inject(schedule.order)
            schedule.due = schedule.next_after(now)
        self._schedules = [schedule for schedule in self._schedules if not schedule.is_done]
        for fault in tuple(self._venue_faults):
            fault.run(now)
        self._venue_faults = [fault for fault in self._venue_faults if not fault.is_over]
        self._lasting = [lasting for lasting in self._lasting if now < lasting[2]]
        for connection in tuple(self._connections.values()):
            if not connection.pipeline.is_idle:
                connection.pipeline.run(now)

    def end(self) -> None:
        self._schedules.clear()
        self._lasting.clear()
        self._context.closing.set()
        for fault in self._venue_faults:
            fault.finish()
        self._venue_faults.clear()
        for connection in tuple(self._connections.values()):
            connection.pipeline.finish()

    async def answer_handshake(self, socket: ServerConnection) -> Response | None:
        for fault in tuple(self._venue_faults):
            response = await fault.answer_handshake(socket)
            if response is not None:
                return response
        return None

    def provoke(self, text: str) -> None:
        """Inject a fault: at once on all connections, on the next one if there is none, unless the text says when.

        Raises:
            UsageError: It is not a fault, or names a product that is not traded.
        """
        order = self._read(text, scripted=False)
        when = order.when
        if when.after is None and not when.is_by_frame:
            self._inject(order)
            if not when.every or when.times == 1:
                return
            times = None if when.times is None else when.times - 1
            order = replace(order, when=replace(when, after=when.every, times=times))
        schedule = self._schedule(order)
        if order.when.after is not None and not order.when.is_by_frame:
            schedule.due = self._context.now() + order.when.after
        for connection in tuple(self._connections.values()):
            self._wait_for_frame(schedule, connection)

    def _read(self, text: str, *, scripted: bool) -> FaultOrder:
        order = parse(text, scripted=scripted)
        if not order.product:
            return order
        products = self._context.venue.resolve([order.product])
        if not products:
            raise UsageError(f"fault {order.fault.name}: the exchange does not trade {order.product[:60]!a}")
        return replace(order, product=products[0])

    def _schedule(self, order: FaultOrder) -> _Schedule:
        self._orders += 1
        rng = SeededRandom(f"{self._seed}/fault {self._orders}/{order.fault.name}")
        schedule = _Schedule(order, rng, None, order.when.times)
        self._schedules.append(schedule)
        return schedule

    def _wait_for_frame(self, schedule: _Schedule, connection: VenueConnection) -> None:
        order = schedule.order
        if not order.when.is_by_frame or schedule.is_done or order.connection not in {None, connection.number}:
            return

        def inject() -> None:
            if schedule.take():
                self._inject(order, [connection])

        connection.pipeline.wait(Trigger(order.when.at, order.when.frame, inject))

    def _inject(self, order: FaultOrder, on: Sequence[VenueConnection] | None = None) -> None:
        """Carry out an order: on the venue, on these connections, or on all those it names."""
        kind = order.fault.made_by.class_for(order)
        until = kind.end_of(order, self._context.now())
        if issubclass(kind, VenueFault):
            self._inject_into_venue(kind(order, self._context, until))
        elif issubclass(kind, ConnectionFault):
            if on is None:
                on = [each for each in self._connections.values() if order.connection in {None, each.number}]
                if not on and (order.connection is None or order.connection > self._opened):
                    self._waiting.append(order)
            if kind.affects_new_connections and on:
                self._lasting.append((order, kind, until))
            for connection in on:
                connection.pipeline.add(kind(order, self._context, until, connection))

    def _inject_into_venue(self, fault: VenueFault) -> None:
        for active in self._venue_faults:
            # Two of a kind would undo each other's work in the wrong order.
            if type(active) is type(fault):
                active.finish()
        self._venue_faults.append(fault)
        fault.start()
