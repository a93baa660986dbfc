"""What the one-off commands do and show in the terminal: check, import, audit, backup."""
