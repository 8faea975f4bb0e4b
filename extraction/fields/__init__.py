"""From grids to labelled fields and records: header lexicon, titles, narrative indicators, codes."""
