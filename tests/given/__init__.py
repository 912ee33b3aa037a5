"""How a test reaches a situation: through real verbs, never by writing rows."""
