"""Builders of Stripe's objects, with every field that a real one has and the bot may read.

Each takes ids and times and gives a plain dict; nothing here remembers anything.
"""

from fakes.stripe.objects.shape import API_VERSION, NOBODY, Customer, Json, listing

__all__ = ["API_VERSION", "NOBODY", "Customer", "Json", "listing"]
