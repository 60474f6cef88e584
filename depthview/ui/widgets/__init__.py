"""One widget a panel; each is fed through documented reactives and knows nothing else."""
