"""Measurements, as ratios against a baseline in the same run; `make bench` writes them to instance/bench.json."""
