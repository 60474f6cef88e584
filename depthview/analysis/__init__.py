"""Inspect and export: what recordings hold, from files alone.

May import ``recordings``, ``session`` and what is below them; never a network, keys, the event loop or the screen.
"""
