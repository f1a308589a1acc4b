"""What a training's evaluations left behind: predicted masks, classes, confusions, worst images."""

from studio.gui.training.results.view import ResultsView

__all__ = ["ResultsView"]
