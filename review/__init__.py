"""The review app: people correct what was read beside the page, and nothing they do is lost."""
