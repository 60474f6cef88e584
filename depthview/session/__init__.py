"""The session: frames in, frozen views out. Knows no socket, no key and no screen."""
