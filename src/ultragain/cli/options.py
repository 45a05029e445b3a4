"""Options that several commands share."""

import click
from dask.system import CPU_COUNT


class ManyValues(click.Command):
    """A command whose options `--only` and `--seeds` take several values after one flag."""

    SEVERAL = {"--only": lambda word: "=" in word, "--seeds": str.isdecimal}

    def parse_args(self, context, args):
        spelt_out, flag = [], None
        for word in args:
            if word in self.SEVERAL:
                flag = word
            elif flag and not word.startswith("-") and (self.SEVERAL[flag](word) or spelt_out[-1] == flag):
                spelt_out += [word] if spelt_out[-1] == flag else [flag, word]
                continue
            else:
                flag = None
            spelt_out.append(word)
        return super().parse_args(context, spelt_out)


def _selection(context, parameter, values):
    """Words such as gain=High context=88 as a dict of lists."""
    kinds = {"gain": str, "context": int, "units": int, "learning_rate": float}
    selected = {}
    for word in values:
        name, _, value = word.partition("=")
        try:
            selected.setdefault(name, []).append(kinds.get(name, str)(value))
        except ValueError:
            raise click.BadParameter(f"{word}: {name} is a number") from None
    return selected


experiment_argument = click.argument("experiment", metavar="EXPERIMENT.yaml")
profile_option = click.option(
    "--profile", help="Sizes to use, e.g. smoke, quick or full; the experiment's default_profile if not given."
)
workers_option = click.option(
    "--workers",
    type=click.IntRange(min=1),
    default=CPU_COUNT,
    show_default="one a core",
    help="Processes side by side.",
)
only_option = click.option(
    "--only",
    multiple=True,
    callback=_selection,
    metavar="NAME=VALUE ...",
    help="Part of the grid, for example gain=High context=88 context=66: by gain, context, units and learning_rate.",
)
seeds_option = click.option(
    "--seeds",
    multiple=True,
    type=click.IntRange(min=0),
    metavar="SEED ...",
    help="A replicate of every run for each seed; the experiment's own seed if not given.",
)
