"""What may go wrong in the domain: a code and its parameters; the web layer has the words."""


class DomainError(Exception):
    """A request that the rules refuse.

    ``code`` is stable and is what tests and the interface rely on; ``params`` fill the sentence
    that ``market.web.messages`` holds for the code; ``field`` ties the error to a form field.
    """

    def __init__(self, code: str, *, field: str | None = None, **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.field = field
        self.params = params


class NotFoundError(DomainError):
    """No such thing, or none that this actor may know of (404)."""


class ForbiddenError(DomainError):
    """The actor may see the thing but not do this to it (403)."""


class ConflictError(DomainError):
    """Somebody else changed the thing meanwhile, or its state no longer allows this (409)."""


class SettingsError(Exception):
    """A setting that cannot work; the message is one line for the operator."""


class DataFileError(Exception):
    """A data file that cannot be loaded; the message names file, row, column and remedy."""
