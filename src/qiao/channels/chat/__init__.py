"""Chat: the widget any site embeds, its wire, and the chat page of our own portal."""

from qiao.channels.chat.claims import sign_claim, site_secret
from qiao.channels.chat.model import PORTAL, Site
from qiao.channels.chat.operations import ensure_site

__all__ = ["PORTAL", "Site", "ensure_site", "sign_claim", "site_secret"]
