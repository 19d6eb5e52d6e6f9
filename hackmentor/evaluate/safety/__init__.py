"""What tuning cost: refusals of harmful and of legitimate requests, injections followed, general ability retained."""
