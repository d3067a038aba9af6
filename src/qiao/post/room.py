"""Wiring of post."""

from qiao.platform.room import Job, Periodic, Room, Timer
from qiao.post import jobs
from qiao.post.receiving import RECEIVED

ROOM = Room(
    name="post",
    jobs=(Job("post.deliver", jobs.deliver), Job("post.rescue", jobs.rescue)),
    timers=(Timer(jobs.DOUBT, run=jobs.doubt),),
    periodics=(Periodic("post.pick_up", cron="* * * * *", run=jobs.pick_up),),
    failpoints=(jobs.CLAIMED, jobs.SENT, RECEIVED),
)
