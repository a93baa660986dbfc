"""Producer Bot: beat sales from Stripe, told and answered for in Discord."""
