"""The market screen and what opens over it.

May import ``ui`` and ``ui/ladder``, and what those may.
"""
