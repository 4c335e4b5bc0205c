"""What people do with lines of bank statements that nobody could match: suggestions, decisions, undoing them."""
