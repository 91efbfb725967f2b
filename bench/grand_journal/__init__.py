"""Rebuilding a table from a journal of millions of facts while the service goes on answering (issue 3)."""
