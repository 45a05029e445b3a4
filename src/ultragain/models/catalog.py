"""The families of models by name. A new one is a module beside this one, and a line here."""

from ultragain.models import lstm
from ultragain.models.memory import stateful, wavenet

FAMILIES = {family.name: family for family in (lstm.FAMILY, stateful.FAMILY, wavenet.FAMILY)}
