"""`make bench`: all benchmarks, or those named on the command line."""

import argparse

from tests.bench import gate, lists, purge


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description="Measure Keyturn and print Markdown tables.")
    parser.add_argument("what", nargs="*", choices=["gate", "lists", "purge"], default=["gate", "lists"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=5, help="of each measurement")
    parser.add_argument("--licenses", type=int, default=50_000, help="a product, for the gate")
    parser.add_argument("--listed-customers", type=int, default=1_000_000, help="for the lists")
    parser.add_argument("--listed-licenses", type=int, default=3_000_000, help="for the lists")
    parser.add_argument("--purged-rows", type=int, default=600_000, help="for the purge")
    parser.add_argument("--engines", default="postgresql,sqlite")
    options = parser.parse_args()
    if "gate" in options.what:
        gate.main(options.rounds, options.seconds, options.licenses, options.engines.split(","))
    if "lists" in options.what:
        lists.main(options.listed_customers, options.listed_licenses, options.engines.split(","))
    if "purge" in options.what:
        purge.main(options.seconds, options.licenses, options.purged_rows, options.engines.split(","))


if __name__ == "__main__":
    main()
