"""``depthview inspect``."""
