"""What the window says of the choice of the network's input."""

from __future__ import annotations

from studio.inference.model import InputFit

INPUT_NAMES: dict[InputFit, str] = {"model": "The model's own", "frame": "Shape of the frames"}

FRAME_INPUT_WORDS = (
    "the network's input follows the shape of the frames, where the model allows, so that no time "
    "goes into padding: about half the time at 16:9. Networks of larger inputs lose nothing; those "
    "of 289 pixels and less may lose a point or more of mean IoU."
)

INPUT_TIP = (
    f"<p><b>{INPUT_NAMES['model']}</b>: frames are brought to the input that the model was made "
    f"with.</p><p><b>{INPUT_NAMES['frame']}</b>: {FRAME_INPUT_WORDS}</p>"
)
