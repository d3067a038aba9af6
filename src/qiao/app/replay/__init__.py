"""Replay of real logs through the house."""
