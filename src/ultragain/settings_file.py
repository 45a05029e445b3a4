"""A file of settings: YAML, in which names stand as a person writes them."""

import re
from pathlib import Path

import yaml

from ultragain.errors import UltraGainError
from ultragain.files import one_form

_TAG = "tag:yaml.org,2002:"
_MERGE = f"{_TAG}merge"


class _Loader(yaml.SafeLoader):
    """YAML's safe loader, except that a key is a name, as text, and that no setting is a date or a time.

    So 8 and Off are read as they are written. A key that stands twice is an error; YAML takes the last.
    """

    def compose_mapping_node(self, anchor):
        node, seen = super().compose_mapping_node(anchor), set()
        for key, _ in node.value:
            problem = ""
            if not isinstance(key, yaml.ScalarNode) or "\n" in key.value:
                problem = "a key must be a word on one line, not a list, a section or a paragraph"
            elif key.tag == f"{_TAG}null":
                problem = f'{key.value or "nothing"} is no name for YAML: put it in quotation marks, "{key.value}"'
            elif key.tag != _MERGE:
                key.tag, key.value = f"{_TAG}str", one_form(key.value)
                problem = f"key {key.value} occurs twice" if key.value in seen else ""
                seen.add(key.value)
            if problem:
                raise yaml.composer.ComposerError(None, None, problem, key.start_mark)
        return node


class _AsWritten(_Loader):
    """The same, except that every value is text."""

    yaml_implicit_resolvers = {}  # nothing is taken for a number, a switch or a date


def _number(construct):
    # YAML 1.1 makes 750 of 12:30, and 83 of 0123
    return lambda loader, node: node.value if re.search(":|^[-+]?0[0-9]", node.value) else construct(loader, node)


_Loader.add_constructor(f"{_TAG}int", _number(_Loader.construct_yaml_int))
_Loader.add_constructor(f"{_TAG}float", _number(_Loader.construct_yaml_float))
for _kind in ("timestamp", "value"):  # a date, and = by itself
    _Loader.add_constructor(f"{_TAG}{_kind}", _Loader.construct_yaml_str)
_AsWritten.add_implicit_resolver(_MERGE, re.compile("<<$"), ["<"])


def read_settings(path):
    """Read a file of settings.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    content, written : dict
        The settings, and the same with every value as the text that stands in the file.

    Raises
    ------
    UltraGainError
        One line: if the file cannot be read, is no YAML, or holds no settings.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
        content, written = yaml.load(text, _Loader), yaml.load(text, _AsWritten)
    except OSError as error:
        raise UltraGainError(f"{path}: cannot be read ({error.strerror or error})") from error
    except UnicodeDecodeError as error:
        raise UltraGainError(f"{path}: cannot be read: it is not UTF-8; save it as that") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}" if mark else ""
        problem = " ".join(str(getattr(error, "problem", None) or error).split())
        raise UltraGainError(f"{path}: is not valid YAML{where}: {problem}") from error
    except (ValueError, RecursionError) as error:  # a number of thousands of digits, thousands of brackets
        raise UltraGainError(f"{path}: is not valid YAML: {str(error).splitlines()[0]:.100}") from error
    if not isinstance(content, dict):
        raise UltraGainError(f"{path}: holds no settings; start from experiments/dsl20h_ultragain.yaml")
    return content, written
