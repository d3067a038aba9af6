"""SMS: the hall where machines answer, the desk where people do."""
