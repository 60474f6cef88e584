"""Programs for those who work on depthview: benchmark, harness, soak, foreign clients, screenshots."""
