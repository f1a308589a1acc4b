"""Score models on videos: right in each frame, steady from frame to frame, and at what cost."""
