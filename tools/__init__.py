"""What builds, checks and starts a clone of Qiao. Files named dev_*.py need nothing but the standard library."""
