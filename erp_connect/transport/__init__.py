"""The only way out: every outbound connection of the app is opened in this package."""
