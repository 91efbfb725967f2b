"""Faux RDV: the RDV Service Public of development and tests, loopback only, never in an image.

What it answers follows the public documentation of that service's API v1, OAuth and webhooks.
"""
