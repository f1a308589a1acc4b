"""The playback panel: the video, its masks, transport, and what each frame cost."""
