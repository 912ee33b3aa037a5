"""What residents say, as it is read: shares with their interval, sentences without who, and how grievances end."""
