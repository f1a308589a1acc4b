"""From a frame to a mask at the frame's size: preprocess, TFLite, postprocess, overlay."""
