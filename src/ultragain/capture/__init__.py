"""From a guitarist's recordings to a model in a plug-in, in one command."""
