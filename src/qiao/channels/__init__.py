"""Channels: wire protocols on one side, the rooms of the house on the other. Channels never know each other."""
