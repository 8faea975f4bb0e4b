"""Generated pages with exact ground truth."""
