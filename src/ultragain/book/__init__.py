"""The book: one module a chapter, and the kit that all of them are made with."""
