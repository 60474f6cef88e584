"""The market screen and what opens over it."""
