"""What all chapters are made with: tables, players, words, and the way to results."""

#: Where chapters and run sheets write audio, pictures and downloads; `kit.pages` copies them beside the pages.
LISTENING = "_build/listening"
