"""Network definitions, model cards and the store of weights."""
