"""Keys and tokens, and who may receive one."""
