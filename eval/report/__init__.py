"""Reports for a person: terminal, Markdown and HTML."""
