"""Where a model runs: one small protocol, and this computer as its first target."""
