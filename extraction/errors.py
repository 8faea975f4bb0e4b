"""Errors that a person can act on. Only the command line catches them."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes of the `yusuan` program (the contract)."""

    OK = 0
    FATAL = 1
    USAGE = 2
    SOME_FAILED = 3
    NEEDS_REVIEW = 4
    GATE_REFUSED = 5
    INTERRUPTED = 130


class YusuanError(Exception):
    """Base of our errors: one line that says what is wrong, and one that says what to do next."""

    exit_code = ExitCode.FATAL

    def __init__(self, message: str, hint: str = "") -> None:
        # Names of files come from strangers: a newline in one must not break the one-line report.
        self.message = " ".join(message.split())
        self.hint = " ".join(hint.split())
        super().__init__(self.message)

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message

    def __reduce__(self) -> tuple[type[YusuanError], tuple[str, str]]:
        return type(self), (self.message, self.hint)


class UsageError(YusuanError):
    """The command was called with something that cannot be meant."""

    exit_code = ExitCode.USAGE


class InputError(YusuanError):
    """A document cannot be read: not a PDF, truncated, encrypted, too large."""


class PageError(YusuanError):
    """One page cannot be read; the others go on."""


class ModelError(YusuanError):
    """Model weights are missing or are not the ones that the card names."""


class OutputError(YusuanError):
    """Results cannot be written: no space, no permission."""
