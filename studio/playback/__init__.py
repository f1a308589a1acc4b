"""Decoding and segmenting for the screen, in a process of its own."""
