"""Pages of the counter, the resident, the desk, and the bureau that pays."""
