"""The screen: the only folder that imports Textual. It reads frozen views and sends requests.

May import ``views``, ``preferences``, ``system`` and ``core``; neither sockets, nor keys, nor the session.
"""
