"""From a bare system to a running studio: what `python3 -m studio.bootstrap` does.

Nothing is installed yet when this package runs, so it knows only the standard library (and
`studio.errors`, which is as modest). One concept a module: `system` the Debian packages,
`tools` uv, `environment` the virtual environment, `kernels` what is compiled ahead, `checks` the
whole test run, `lock` the lock files.
"""
