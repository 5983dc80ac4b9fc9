"""`python -m keyturn`."""

from keyturn.config.cli import main

main()
