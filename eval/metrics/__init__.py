"""Metrics: short files of pure functions over a prediction and its gold."""
