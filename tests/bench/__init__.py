"""Benchmarks: run by `make bench`, never by the tests. Ratios are measured side by side in one run."""
