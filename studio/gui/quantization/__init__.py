"""How the opened model stores its numbers."""
