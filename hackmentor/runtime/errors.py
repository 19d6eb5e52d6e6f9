"""The exceptions that a user is meant to read: one message, no traceback."""

import signal

EXIT_FAILED, EXIT_USAGE, EXIT_INTERRUPTED = 1, 2, 130


class UserError(Exception):
    """Something the user can put right: shown as one message without a traceback, exit code 2.

    The message names what is wrong, where (file, line or key) and the way out.
    """


class StoppedError(Exception):
    """The run ended before its end, and the same command goes on from there: one message, an exit code of its own."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code

    @classmethod
    def by_signal(cls, signum: int, message: str) -> "StoppedError":
        """Stopped by a signal: the exit code is a shell's, 128 + the signal's number (SIGINT 130, SIGTERM 143)."""
        return cls(f"stopped by {signal.Signals(signum).name}; {message}", 128 + signum)


class LoggedError(Exception):
    """A cell failed or stopped, and its log tells all of it: nothing is left to say, only an exit code."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message, exit_code)  # both, so that it can travel between processes
        self.exit_code = exit_code

    def __str__(self) -> str:
        return str(self.args[0])
