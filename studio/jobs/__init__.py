"""All long work, one module a job; the same jobs behind the GUI and the command line."""
