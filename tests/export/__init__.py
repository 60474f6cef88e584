"""``depthview export``."""
