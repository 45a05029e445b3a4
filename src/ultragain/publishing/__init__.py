"""What the book shows: figures, tables, audio players, and when a page is out of date."""
