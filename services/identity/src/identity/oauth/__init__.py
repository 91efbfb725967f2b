"""OAuth 2.0 for machines: who a client is, the tokens it gets, and what is refused."""
