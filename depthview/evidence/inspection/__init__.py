"""``depthview inspect``: what a recording holds, and whether it is sound."""
