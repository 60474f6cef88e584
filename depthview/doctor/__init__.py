"""``depthview doctor``: the whole way to a proved book, step by step."""
