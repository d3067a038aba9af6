"""SMPP: links to SMS centres, and the gateway through which texts leave post's ledger and come into it."""
