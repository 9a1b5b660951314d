"""How the program logs: one line an event, a plain traceback where there is one."""

import structlog


def log_plainly() -> None:
    """Leave out what the default draws, every variable of every frame: people and grep read logs."""
    renderer = structlog.dev.ConsoleRenderer(
        colors=False, exception_formatter=structlog.dev.plain_traceback
    )
    structlog.configure(processors=[*structlog.get_config()["processors"][:-1], renderer])
