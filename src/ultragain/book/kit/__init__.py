"""What all chapters are made with: tables, players, words, and the way to results."""
