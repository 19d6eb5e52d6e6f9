"""What any program needs of its machine: files, locks, signals, paths, the terminal, errors meant for people."""
