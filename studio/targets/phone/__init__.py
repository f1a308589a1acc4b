"""Phones: finding them, putting the runner on them, and talking to it."""
