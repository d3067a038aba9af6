"""Diagnosis: what is wrong with a network, a line or a phone; and phones and customers to rehearse it with."""

from qiao.diagnosis.following import Counter, Device, Followed, follow
from qiao.diagnosis.model_phone import LOOKS, Line, NoSuchControl, Phone, do, has_service, look, restarted

__all__ = [
    "LOOKS",
    "Counter",
    "Device",
    "Followed",
    "Line",
    "NoSuchControl",
    "Phone",
    "do",
    "follow",
    "has_service",
    "look",
    "restarted",
]
