"""Live I/O: the connection, the worker that owns it, and the product list over HTTPS.

May import ``auth``, ``recordings``, ``session`` and what is below them; never the screen.
"""
