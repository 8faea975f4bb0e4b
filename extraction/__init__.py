"""The product: from files of scanned or digital budget pages to typed, checked records."""
