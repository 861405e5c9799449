"""The command line: a module a command; parse, call one function, render, exit."""
