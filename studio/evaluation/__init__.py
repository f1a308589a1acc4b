"""How good a model is: confusion matrix, mean IoU, boundaries, and whether a difference is real."""
