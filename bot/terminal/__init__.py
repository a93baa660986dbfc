"""What the one-off commands ask and show in the terminal: setup, check, import, audit, backup."""
