"""The HTTP side: Stripe's endpoint, the public page, licenses, health and metrics.

Handlers are thin; the rules are pure.
"""
