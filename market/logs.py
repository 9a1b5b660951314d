"""How the program logs: one line an event, a plain traceback where there is one."""

import structlog


def log_plainly() -> None:
    """Draw no variables of frames, as the default does: people and grep read these logs."""
    renderer = structlog.dev.ConsoleRenderer(
        colors=False, exception_formatter=structlog.dev.plain_traceback
    )
    structlog.configure(processors=[*structlog.get_config()["processors"][:-1], renderer])
