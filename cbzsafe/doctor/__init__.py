"""What the place is like in which cbzsafe runs: nothing is guessed that can be tried."""
