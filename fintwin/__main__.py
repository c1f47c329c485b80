"""`python -m fintwin` is the command `fintwin`."""

from fintwin.cli import main

if __name__ == "__main__":
    main()
