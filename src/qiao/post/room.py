"""Wiring of post."""

from qiao.platform.room import Job, Periodic, Room
from qiao.post import jobs

ROOM = Room(
    name="post",
    jobs=(Job("post.deliver", jobs.deliver),),
    periodics=(Periodic("post.pick_up", cron="* * * * *", run=jobs.pick_up),),
    failpoints=(jobs.CLAIMED, jobs.SENT),
)
