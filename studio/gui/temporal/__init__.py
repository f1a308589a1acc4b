"""The temporal panel: the trade-off of skipping network runs between frames, seen live."""
