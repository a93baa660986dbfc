"""The public page: what can be bought, shown and sold. `webhooks.shop.routes` is its front door."""
