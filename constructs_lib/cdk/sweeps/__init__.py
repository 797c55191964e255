"""Sweeps: one spec, trained once for every point of a list of hyperparameters."""
