"""Recordings: reading, writing, and driving a session from one.

May import ``session`` and what is below it; neither a network, nor keys, nor the screen.
"""
