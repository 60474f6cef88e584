"""Programs for those who work on depthview: benchmark, harness, soak, third-party clients, screenshots."""
