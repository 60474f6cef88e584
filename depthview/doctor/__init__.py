"""``depthview doctor``: checks every step from the key to the first snapshot, over the feed and a session.

May import ``feed``, ``session``, ``auth`` and what is below them; never the screen.
"""
