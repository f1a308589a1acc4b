"""`python -m studio` does what `jejunet` does."""

from studio.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
