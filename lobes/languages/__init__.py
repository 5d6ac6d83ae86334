"""Languages around the brain: what language a message is in, reading it in English, and answering in it."""
