"""The gold set: documents with truth, their damaged states made on first use, and the checks of both."""
