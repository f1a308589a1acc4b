"""Redundancy between frames: carry the mask along the motion, run the network where that fails.

A pure fold over frames: no clock, no randomness, no files. `spec` says how, `engine` does it.
"""
