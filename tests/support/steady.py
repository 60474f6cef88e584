"""One hypothesis profile: the same examples on every run, and no deadline on a shared machine."""

from __future__ import annotations

from hypothesis import HealthCheck, settings


def steady(examples: int) -> settings:
    """Settings for a property that is tried with ``examples`` examples."""
    return settings(
        derandomize=True, deadline=None, max_examples=examples, suppress_health_check=[HealthCheck.too_slow]
    )
