"""Chat with a cell or an untuned base: in the terminal, through a pipe, in the browser."""
