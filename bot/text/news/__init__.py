"""What a channel is told unasked: alerts, what is said under them, notices, digests."""
