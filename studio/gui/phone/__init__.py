"""The phone panel: one click puts the model on a phone, and its masks and numbers come back."""
