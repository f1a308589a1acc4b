"""A run is a folder: spec, events, lock, log, artifacts."""
