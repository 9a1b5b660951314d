"""The ``wujin`` command: registers what the features offer."""

import importlib
import sys

import click

from market.errors import DataFileError, SettingsError

# name -> where the command lives. Loaded on use, so that `wujin --help` pays for no solver.
COMMANDS = {
    "serve": ("market.serving", "serve_command", "Serve the web application."),
    "worker": ("market.serving", "worker_command", "Run queued jobs until stopped."),
    "up": ("market.serving", "up_command", "Prepare everything, then serve with a worker."),
    "db": ("market.serving", "db_group", "Database migrations."),
    "demo": ("market.demo", "demo_group", "Demonstration data."),
    "search": ("market.search.commands", "search_group", "Full-text index of the market."),
    "match": (
        "market.matchmaking.commands",
        "match_command",
        "Match sources to sinks, from files to files.",
    ),
    "rawmix": (
        "market.matchmaking.commands",
        "rawmix_command",
        "Find the least-cost clinker raw mix.",
    ),
    "route": (
        "market.haulage.commands",
        "route_command",
        "Plan vehicle routes for a benchmark file or day plan.",
    ),
}


class LazyGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module, attribute, _help = COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = [(name, COMMANDS[name][2]) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


@click.group(cls=LazyGroup)
@click.version_option(package_name="wujin")
def wujin() -> None:
    """Wujin: one plant's waste, another plant's raw material."""


def main() -> None:
    try:
        wujin()
    except (SettingsError, DataFileError) as error:
        click.echo(f"wujin: {error}", err=True)
        sys.exit(2)
