"""The workspace at a glance: how each account stands, what waits for a person, and what keeps the whole site from working."""
