"""``depthview export``: what a recording holds as a table for other programs."""
