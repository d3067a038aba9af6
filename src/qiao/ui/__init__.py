"""The design kit: page shell, macros, formats, links, assets and the live stream; README.md says how to use it."""

from qiao.ui.environment import extend
from qiao.ui.links import Link, links, register_link

__all__ = ["Link", "extend", "links", "register_link"]
