"""Fixtures of the desk's tests: its pages over HTTP."""

from tests.desk.centre import centre, wang
from tests.desk.screens import screens

__all__ = ["centre", "screens", "wang"]
