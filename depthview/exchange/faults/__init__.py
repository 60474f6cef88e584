"""Faults on command: what can go wrong between a venue and its client, injected on purpose and recorded.

May import ``exchange`` and what that may.
"""
