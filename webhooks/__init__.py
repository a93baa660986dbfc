"""The HTTP side: Stripe's endpoint, health and metrics. Handlers are thin; the rules are pure."""
