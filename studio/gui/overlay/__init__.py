"""The overlay panel: which model, how its masks look, and what each class covers."""
