"""The simulated venue: a server on loopback that a client of the real one works against unchanged.

May import ``system`` only: it shares no book, decoder or signer with the viewer.
"""
