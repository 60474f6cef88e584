"""Keys and tokens: reading, signing, explaining, and the rule of who may receive one.

May import ``config`` and what is below it; never a connection, a session or the screen.
"""
