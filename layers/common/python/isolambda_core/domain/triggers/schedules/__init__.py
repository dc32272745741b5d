"""Schedules in Amazon EventBridge Scheduler's words."""
