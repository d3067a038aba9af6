"""Voice: calls on the operator's trunks, their media in Asterisk, their state in rows."""
