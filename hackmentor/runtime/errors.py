"""Exceptions that are shown to the user as one message without a traceback, and the exit codes."""

import signal

EXIT_FAILED, EXIT_USAGE, EXIT_INTERRUPTED = 1, 2, 130


class UserError(Exception):
    """A mistake that the user can correct: shown as one message without a traceback, exit code 2.

    The message names what is wrong, where (file, line or key) and how to fix it.
    """


class StoppedError(Exception):
    """The run was stopped early, and the same command continues it: one message, an exit code of its own."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code

    @classmethod
    def from_signal(cls, signal_number: int, message: str) -> "StoppedError":
        """An error for a run stopped by a signal, with a shell's exit code: 128 + number (SIGINT 130, SIGTERM 143)."""
        return cls(f"stopped by {signal.Signals(signal_number).name}; {message}", 128 + signal_number)


class LoggedError(Exception):
    """A cell failed or stopped, and its log already says why: only the exit code is left to return."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message, exit_code)  # both, so that it can travel between processes
        self.exit_code = exit_code

    def __str__(self) -> str:
        return str(self.args[0])


def is_memory_shortage(error: BaseException) -> bool:
    """Whether an error says that there is no more memory: numpy and the standard library have a type, torch a text.

    On a GPU torch says so in several ways: its allocator "out of memory", CUDA itself likewise, and cuBLAS and cuDNN
    with a status when they have no room for their workspace.
    """
    says = str(error).lower()
    texts = ("can't allocate memory", "out of memory", "status_alloc_failed")
    return isinstance(error, MemoryError) or any(text in says for text in texts)
