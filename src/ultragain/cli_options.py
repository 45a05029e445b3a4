"""Options that several commands share."""

import click
from dask.system import CPU_COUNT

workers_option = click.option(
    "--workers", type=click.IntRange(min=1), default=CPU_COUNT, show_default="one a core", help="Processes side by side."
)
