"""A project: functions in a folder, with a manifest that says how they are deployed."""
