"""How a job is run by a state machine."""
