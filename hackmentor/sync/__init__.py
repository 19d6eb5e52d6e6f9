"""The verb `sync`: sends runs that were tracked offline to the W&B server, and checks that they arrived whole."""
