"""`python -m keyturn`."""

from keyturn.config.cli import main

if __name__ == "__main__":
    main()
