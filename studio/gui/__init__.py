"""The desktop studio: a viewer of run folders and of the playback process."""
