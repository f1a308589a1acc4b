"""The playing frame and its mask, side by side."""
