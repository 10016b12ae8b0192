//! dist/: what is written, what is kept, what is deleted.
