"""Wiring of post."""

from qiao.platform.room import Job, Periodic, Room, Timer
from qiao.post import leaving
from qiao.post.receiving import RECEIVED

ROOM = Room(
    name="post",
    loops=(leaving.run,),
    jobs=(Job("post.rescue", leaving.rescue),),
    timers=(Timer(leaving.DOUBT, run=leaving.doubt),),
    periodics=(Periodic("post.pick_up", cron="* * * * *", run=leaving.pick_up),),
    failpoints=(leaving.CLAIMED, leaving.SENT, RECEIVED),
)
