"""Where the reader differs from all the others, and why. Each is a name, which way it differs, and whether it holds of a case."""

JUDGED = []
