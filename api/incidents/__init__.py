"""What went wrong with the promise that every call is recorded, and who looks after it."""
