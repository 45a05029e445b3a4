"""From a finished run to a file that a player loads."""
