"""Training: losses, schedules, distillation, the loop and its checkpoints.

`spec` and `validation_log` need no Keras, so that the window can read and write them.
"""
