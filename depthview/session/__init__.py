"""The session: frames in, frozen views out.

May import ``coinbase``, ``views`` and ``core``; knows no socket, no key and no screen.
"""
