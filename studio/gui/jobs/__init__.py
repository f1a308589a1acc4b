"""The list of jobs: what runs, what has run, and the way to its results."""
