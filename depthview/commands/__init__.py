"""What a user can run, and the wiring of it: the only folder that may import every other one."""
