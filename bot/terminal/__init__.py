"""What the one-off commands do and show in the terminal: import, audit, backup."""
