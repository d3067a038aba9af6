"""Desk: the staff's own pages, one screen for a shift; nobody imports it."""
