"""Is a recording good? Checks of files, of takes, and of a whole folder."""
