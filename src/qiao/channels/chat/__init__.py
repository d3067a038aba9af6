"""Chat: the widget any site embeds, its wire, and the chat page of our own portal."""

from qiao.channels.chat.model import PORTAL, Site
from qiao.channels.chat.operations import ensure_site
from qiao.channels.chat.tokens import site_secret

__all__ = ["PORTAL", "Site", "ensure_site", "site_secret"]
