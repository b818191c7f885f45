"""How new photos become flow runs: webhooks and polls are kept, waited over, and asked of Prefect until they are in."""
