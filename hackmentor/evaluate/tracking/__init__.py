"""What an evaluation logs to a tracker: a run of each contestant and one of the comparison, linked by artifacts."""
