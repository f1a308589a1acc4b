"""The numbers under a pane."""

from __future__ import annotations

from studio.gui.playback.shown import FrameRecord, OverlaySettings, ShownFrame
from studio.gui.previews.contents import Content, kept_classes
from studio.inference.model import ModelInfo

_MOST_CLASSES = 4


def classes_words(shown: ShownFrame, model: ModelInfo | None) -> str:
    """The classes in a frame with their share of it, the largest first, background last."""
    if shown.class_pixels is None:
        return ""
    total = shown.image.shape[0] * shown.image.shape[1]
    labels = model.labels if model is not None else ()
    order = sorted(
        (int(index) for index in shown.class_pixels.nonzero()[0]),
        key=lambda index: (index == 0, -int(shown.class_pixels[index])),  # type: ignore[index]
    )
    parts = [
        f"{labels[index] if index < len(labels) else f'class {index}'} "
        f"{100 * int(shown.class_pixels[index]) / total:.1f} %"
        for index in order[:_MOST_CLASSES]
    ]
    if len(order) > _MOST_CLASSES:
        parts.append(f"{len(order) - _MOST_CLASSES} more")
    return ", ".join(parts)


def caption(
    content: Content,
    shown: ShownFrame,
    overlay: OverlaySettings,
    model: ModelInfo | None,
    record: FrameRecord | None,
) -> str:
    """What the line under a pane says.

    Args:
        content: what the pane shows.
        shown: the frame.
        overlay: how masks are drawn.
        model: whose labels are taken.
        record: what the frame cost; None when that is not known.
    """
    height, width = shown.image.shape[:2]
    known = record if record is not None and record.index == shown.index else None
    if content is Content.SOURCE:
        decode = "" if known is None else f" · decode {known.decode_millis:.1f} ms"
        return f"{width} × {height} px · {shown.time_seconds:.2f} s{decode}"
    if shown.mask is None or shown.class_pixels is None:
        return "no mask: no model is open"
    if content is Content.MASK:
        inference = ""
        if known is not None:
            millis = known.preprocess_millis + known.invoke_millis + known.postprocess_millis
            inference = f" · {millis:.1f} ms"
        return f"{classes_words(shown, model)}{inference}"
    if content is Content.OVERLAY:
        if not overlay.visible:
            return "the overlay is switched off (key o, or the overlay panel)"
        draw = "" if known is None else f" · draw {known.draw_millis:.1f} ms"
        style = "outline" if overlay.outline else "filled"
        return f"{style}, opacity {100 * overlay.opacity:.0f} %{draw}"
    kept = kept_classes(overlay)[: len(shown.class_pixels)] > 0
    share = int(shown.class_pixels[kept].sum()) / (width * height)
    return f"{100 * share:.1f} % of the picture kept"
