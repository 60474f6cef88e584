"""Settings from flags, environment, file and the last session, and the file itself.

May import ``preferences``, ``system`` and ``core``; neither a network, nor keys, nor the screen.
"""
