import functools


def retried(times):
    def wrap(fn):
        @functools.wraps(fn)
        def inner(*args, **kwargs):
            for _ in range(times):
                try:
                    return fn(*args, **kwargs)
                except OSError:
                    continue
            return None

        return inner

    return wrap


def scaled(factor):
    def compute(rows):
        return [row * factor for row in rows]

    return compute


REGISTRY = {}


def registered(fn):
    REGISTRY[fn.__name__] = fn
    return fn


@registered
def first_rule(row):
    return row + 1


@registered
def second_rule(row):
    return row + 2
