"""Pure words that every room shares: ids, money, service ids, origin, events, refusals, conditions."""
