"""Datasets: images with masks, how they are checked, augmented and fed to the training."""
