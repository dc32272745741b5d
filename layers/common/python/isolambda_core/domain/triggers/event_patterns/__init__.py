"""Event patterns in Amazon EventBridge's words."""
