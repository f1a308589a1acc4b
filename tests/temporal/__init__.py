"""The temporal engine and its parts."""
