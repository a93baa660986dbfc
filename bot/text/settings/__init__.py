"""What `/settings` shows, and what is wrong with them."""
