"""The public page: what can be bought. `webhooks.shop.routes` is its entrance."""
