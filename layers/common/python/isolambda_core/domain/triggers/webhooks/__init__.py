"""Deliveries to webhooks, and how senders sign them."""
