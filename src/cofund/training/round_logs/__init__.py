"""Where rounds can be written to while they are trained; one kind of log a file."""
