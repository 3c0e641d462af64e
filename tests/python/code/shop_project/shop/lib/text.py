"""Text helpers."""

import re

from shop.lib.constants import ALIASES
from shop.lib import constants as settings

SPACES = re.compile(r"\s+")


def strip(name):
    # Removes spaces.
    return SPACES.sub("_", name.strip())


def clean_names(names, *, lower=True):
    """Cleans names."""

    def cleaned(name):
        name = strip(name)
        return name.lower() if lower else name

    return [ALIASES.get(cleaned(name), cleaned(name)) for name in names if name]


def title(name, limit=settings.LIMIT):
    return name.title()[:limit]


def unused(name):
    return name * 2


def even(n):
    return n == 0 or odd(n - 1)


def odd(n):
    return n != 0 and even(n - 1)


class Base:
    suffix = "!"

    def finish(self, text):
        return text + self.suffix


class Shouter(Base):
    times = 2

    def shout(self, text):
        return self.finish(text.upper()) * self.times

    @staticmethod
    def whisper(text):
        return text.lower()
