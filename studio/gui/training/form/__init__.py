"""The form over a training's settings, and what it predicts before hours are spent."""
