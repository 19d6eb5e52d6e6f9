"""The one exception that a user is meant to read."""


class UserError(Exception):
    """Something the user can put right: shown as one message without a traceback, exit code 2.

    The message names what is wrong, where (file, line or key) and the way out.
    """
