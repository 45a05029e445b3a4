"""The command line: parse, call, print."""

try:
    # it reads its settings as it is imported, whoever imports it first
    import dask  # noqa: F401
except ValueError as error:
    raise SystemExit(f"Error: {' '.join(str(error).split())}") from None
