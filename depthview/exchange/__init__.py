"""The embedded exchange: a venue on loopback that a client of the real one works against unchanged."""
