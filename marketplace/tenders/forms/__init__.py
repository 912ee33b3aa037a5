"""What people type about tenders."""
