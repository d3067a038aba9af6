"""Schema migrations, forward only; one line of them for the whole house."""
