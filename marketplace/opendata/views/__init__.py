"""Machines first (feed, records, bulk files), then people."""
