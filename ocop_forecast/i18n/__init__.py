"""Every word a reader sees, in Vietnamese and in English, with numbers and dates in the reader's form."""
