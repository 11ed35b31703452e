"""Mechanisms that every service stands on: messages, event store, followers, bus, HTTP. Never lending rules."""
