"""The pure engine: dicts in, dicts out; no framework, no clock, no network."""
