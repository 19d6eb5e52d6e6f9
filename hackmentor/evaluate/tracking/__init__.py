"""What an evaluation tells a tracker: a run of each contestant and one of the comparison, linked by artifacts."""
