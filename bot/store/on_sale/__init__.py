"""What is for sale, what Stripe says of it, and how a track is taken off sale."""
