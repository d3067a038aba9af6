"""Wiring of the SMS room: the hall's loop, what it hears."""

from qiao.channels.sms import hall, listeners, words
from qiao.platform.room import Listener, Room


def register() -> None:
    """Words that do not hold together stop the start."""
    words.texts()


ROOM = Room(
    name="channels.sms",
    listeners=(Listener("channels.sms", on=listeners.HEARS, together=listeners.on_all),),
    loops=(hall.run,),
    failpoints=(hall.HEARD, hall.ASKED),
    register=register,
)
