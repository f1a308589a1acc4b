"""A Pixel 2 on the desk without a Pixel 2: an adb device on loopback with an aarch64 user land."""
