"""What every room stands on: database, clock, timers, events, jobs, sign-in, policy, audit, files, texts, web."""
