"""Fixtures of the desk's tests: its pages over HTTP."""

from tests.desk.screens import screens

__all__ = ["screens"]
