"""Benchmarks: each prints a ratio against a peer or a ceiling measured in the same run."""
