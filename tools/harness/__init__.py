"""Proof that what the viewer calls SYNCED is true: a random venue, an oracle, and any number of seeds.

The model. A :class:`~tools.harness.venue.Venue` of its own, which shares no code with the package, has several books
that move at random. Every state of every book is kept with the time in which it was current, and carries its version in
its sizes, so that each line of the viewer tells which moment it claims. A seed draws the venue's traits (numbers per
connection or per product, order of acknowledgements, aliases), the products on show, the clocks and the network path
(:mod:`~tools.harness.plan`), and which faults strike when (:mod:`~tools.harness.faults`).

The oracle (:mod:`~tools.harness.oracle`). Each trusted line is compared whole. It must be a true state of its product's
book that was current at most 2.5 s ago, or 3.5 s while no whole message comes. A line that is not trusted must show
nothing of a book. Beside it the :mod:`~tools.harness.director` requires that every fault is healed within the time
that its kind allows, that a harmless one costs no trust, that nothing is doubted once all is healed, that the venue's
rate limit is kept, and that without faults there is no gap, no resync and no STALE.

Two forms. In virtual time (:mod:`~tools.harness.virtual`) the real worker, session and sampler run over a simulated
link, a minute in about half a second. Over sockets the same venue stands behind a real WebSocket server and a relay
that paces bytes, and the real ``depthview stream`` and ``depthview view`` are read.
"""
