"""What pydantic finds wrong with a file, in one line for its author."""

from typing import get_args

from pydantic import BaseModel


def first_problem(error, model):
    """One line for the first problem that was found: key, what is wrong, what is allowed.

    Parameters
    ----------
    error : pydantic.ValidationError
    model : type
        The pydantic model that the content was checked against.

    Returns
    -------
    str
    """
    problems = error.errors()
    problem = problems[0]
    place = [part for part in problem["loc"] if part != "[key]"]  # where a key is wrong itself
    *parents, last = place or ("",)
    key = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).removeprefix(".")
    if problem["type"] == "extra_forbidden":
        text = f"unknown key {key}; allowed here: {', '.join(_fields_at(model, parents))}"
    elif problem["type"] == "missing":
        text = f"key {key} is missing"
    elif problem["type"] == "string_type" and problem["input"] is None:
        text = f"{key}: is empty (a name that is nothing for YAML, null or ~, must be in quotation marks)"
    else:
        reason = problem["msg"].removeprefix("Value error, ").replace("Input should be", "must be")
        text = f"{key}: {reason}"
        if not isinstance(problem["input"], dict):
            text += f", got {problem['input']!r:.60}"
    more = len(problems) - 1
    return text + (f" (and {more} more problem{'s' * (more > 1)})" if more else "")


def _fields_at(model, path):
    """Names of the keys allowed at a place in the file."""
    for part in path:
        annotation = model.model_fields[part].annotation if part in model.model_fields else None
        candidates = (annotation, *get_args(annotation))  # a section, or a dict of sections
        model = next((found for found in candidates if isinstance(found, type) and issubclass(found, BaseModel)), model)
    return [name for name in model.model_fields if name != "profile"]
