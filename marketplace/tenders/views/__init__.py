"""Pages of tenders: one page, one verb."""
