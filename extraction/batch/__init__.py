"""Many documents: job store, workers with limits, resume."""
