"""The verb `review`: one self-contained page that shows an experiment, from the files of its cells."""
