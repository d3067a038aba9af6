"""Routing: which contact meets which agent, and when."""
