"""SMPP: links to SMS centres, and the gateway through which texts leave post's ledger and come into it."""

from qiao.channels.smpp.gateway import Gateway, NoLinks, run
from qiao.channels.smpp.link import Address, Answered, BindRefused, Link, LinkLost, Manners, Told, body_of, connect

__all__ = [
    "Address",
    "Answered",
    "BindRefused",
    "Gateway",
    "Link",
    "LinkLost",
    "Manners",
    "NoLinks",
    "Told",
    "body_of",
    "connect",
    "run",
]
