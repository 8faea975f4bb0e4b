"""What went wrong where: every difference as one case of one kind."""
