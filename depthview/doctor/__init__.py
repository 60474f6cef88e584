"""``depthview doctor``: checks from the key to the first trusted book, step by step.

May import ``feed``, ``session``, ``auth`` and what is below them; never the screen.
"""
