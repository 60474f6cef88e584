"""What speed and memory are, as ratios against a floor or an alternative measured in the same run."""
