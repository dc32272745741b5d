"""Where deliveries to webhooks come in."""
