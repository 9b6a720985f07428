"""Compares purezmq with pyzmq and pyomq on this machine: ``python -m benchmarks`` from the repository root.

How a figure comes about is told in PERFORMANCE.md. In short: each run has its own fresh processes, libraries
take turns within a round, the receiver measures a window after a warm-up, and ratios are taken within a
round.
"""
