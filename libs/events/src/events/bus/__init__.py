"""Contracts on NATS: published, read, put right."""

from events.bus.sturdy import harden

harden()
