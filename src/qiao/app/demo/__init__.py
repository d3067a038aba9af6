"""The demo: one command that brings everything up, its cast, its clock and its handset."""
