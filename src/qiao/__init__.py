"""Qiao: a customer service platform for telecom operators."""
