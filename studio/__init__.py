"""JejuNet Studio: real-time video segmentation on phones, from training to the cable."""

__version__ = "0.1.0"
