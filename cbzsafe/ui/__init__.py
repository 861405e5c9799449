"""What a user sees of a report; nothing in here makes the data that it shows."""
