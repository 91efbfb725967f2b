"""Faux ProConnect: the provider of development and tests, loopback only, never in an image."""
