//! Mistakes of page authors: the file, the line, a caret, and help.
