"""The curves of training runs, live."""
