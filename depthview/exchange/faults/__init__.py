"""Faults on command: what can go wrong between a venue and its client, provoked on purpose and put on record."""
