"""What a cell will need, before it is trained. Nothing in here loads weights or imports torch."""
