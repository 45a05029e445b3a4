"""The command line: parse, call, print."""

import click

from ultragain.cli.book import book, site
from ultragain.cli.capture import capture
from ultragain.cli.checks import align, check
from ultragain.cli.circuits import circuit, reamp
from ultragain.cli.export import export, import_capture
from ultragain.cli.output import print_anywhere
from ultragain.cli.play import play
from ultragain.cli.publishing import publish, published
from ultragain.cli.recording import devices, record
from ultragain.cli.sweep import results, status, sweep
from ultragain.errors import UltraGainError
from ultragain.experiment import describe_keys


class _Commands(click.Group):
    """Commands whose foreseeable errors are one line, not a traceback."""

    def main(self, *arguments, **options):
        print_anywhere()
        return super().main(*arguments, **options)

    def invoke(self, context):
        try:
            return super().invoke(context)
        except UltraGainError as error:
            raise click.ClickException(str(error)) from error
        except OSError as error:  # a full disk, a folder that may not be written
            raise click.ClickException(f"{error.filename or 'system'}: {error.strerror or error}") from error


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="ultragain")
def main():
    """Model a guitar preamp with small LSTMs and publish the experiment as a book.

    \b
    ultragain sweep experiments/dsl20h_ultragain.yaml      train and score the 36 models
    ultragain results experiments/dsl20h_ultragain.yaml    their ESR as a table
    ultragain book                                         all of it, and the HTML book
    """


for _command in (
    book,
    site,
    sweep,
    status,
    results,
    publish,
    published,
    record,
    devices,
    check,
    align,
    reamp,
    circuit,
    export,
    import_capture,
    capture,
    play,
):
    main.add_command(_command)


@main.command()
def keys():
    """Explain every key of an experiment file."""
    rows = list(describe_keys())
    width = max(len(key) for key, _ in rows) + 2
    for key, meaning in rows:
        click.echo(f"{key:{width}}{meaning}")
