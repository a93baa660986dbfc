"""What came in and waits for work, and what is to go out and waits to be told."""
