"""What several messages are made of: who bought, for how much, under what, in what state."""
