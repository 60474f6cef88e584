"""What depthview asks of the operating system."""
