"""What runs inside the lab phone's own process: its init and its adb daemon."""
