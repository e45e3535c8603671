"""Objects that are wrong in one to three places, made from right ones: the same seed gives the same objects."""
import copy
import random

WORDS = ["", "x", "MUTATED", "not a value!", "2024-13-01T00:00:00Z", "2024-02-30T00:00:00.000Z", "2024-01-01T00:00:00Z",
         "1999-01-01T00:00:00.000Z", "2030-01-01T00:00:00.123456Z", "indicator--11111111-1111-4111-8111-111111111111",
         "file--11111111-1111-5111-8111-111111111111", "identity--not-a-uuid", "http://", "https://example.org/ü",
         "en-US", "xx", "true", "0", "[file:name = 'a']", "[file:name = ]", "A" * 300, "AF_INET", "tlp", "statement", "stix",
         "text/plain", "UTF-8", "198.51.100.300", "2001:db8::g", "a@b", "q1w2", "zz"]
VALUES = [None, True, False, 0, 1, -1, 65536, 101, 1.5, 1e10, 10**12, [], {}, [None], ["a"], [1], [{}], {"a": 1}, {"key": "v"}, "text"]
NAMES = ["name", "x_example_note", "example", "severity", "Name", "a", "lang", "confidence", "revoked", "extensions",
         "created_by_ref", "x_bin", "labels", "object_marking_refs", "granular_markings", "spec_version", "defanged",
         "external_references", "description", "hashes", "modified", "definition"]


def places(value, path=()):
    """Every place of a tree but its root, the deeper ones too."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield path + (key,)
            yield from places(inner, path + (key,))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield path + (index,)
            yield from places(inner, path + (index,))


def at(tree, path):
    for step in path:
        tree = tree[step]
    return tree


def alter_text(text, rng):
    if not text:
        return rng.choice(WORDS)
    cut = rng.randrange(len(text))
    return rng.choice([
        lambda: text[:cut], lambda: text + rng.choice("xX_ -.1é"), lambda: text.upper(), lambda: text[:cut] + rng.choice("g-_ .:Z9'") + text[cut + 1:],
        lambda: text + text, lambda: " " + text, lambda: text[::-1], lambda: rng.choice(WORDS), lambda: text.replace("-", "_"),
        lambda: text.replace("4", "1"), lambda: text[:cut] + text[cut + 1:],
    ])()


def mutate_once(tree, rng, others):
    paths = list(places(tree))
    path = rng.choice([p for p in paths if len(p) == 1]) if rng.random() < 0.6 else rng.choice(paths)
    parent, last = at(tree, path[:-1]), path[-1]
    value = parent[last]
    kind = rng.choice(["drop", "drop", "rename", "retype", "alter", "alter", "alter", "add", "swap", "wrap", "donate"])
    if kind == "drop":
        del parent[last]
    elif kind == "rename" and isinstance(parent, dict):
        new = rng.choice([str(last) + "_x", str(last) + "s", str(last)[:-1], str(last).upper(), "x_" + str(last), rng.choice(NAMES)])
        parent[new] = parent.pop(last)
    elif kind == "retype":
        parent[last] = copy.deepcopy(rng.choice(VALUES))
    elif kind == "add" and isinstance(parent, dict):
        parent[rng.choice(NAMES)] = copy.deepcopy(rng.choice(VALUES + WORDS))
    elif kind == "swap" and isinstance(parent, dict):
        other = rng.choice(list(parent))
        parent[last], parent[other] = parent[other], parent[last]
    elif kind == "wrap":
        parent[last] = [value] if rng.random() < 0.5 else {"0": value}
    elif kind == "donate" and isinstance(parent, dict):  # a property of another type
        donor = rng.choice(others)
        name = rng.choice(list(donor))
        parent[name] = copy.deepcopy(donor[name])
    elif isinstance(value, str):
        parent[last] = alter_text(value, rng)
    elif isinstance(value, bool):
        parent[last] = not value
    elif isinstance(value, (int, float)):
        parent[last] = rng.choice([-value, value + 1, value * 1000, value + 0.5, str(value), 10**9, -(10**9), 0])
    elif isinstance(value, list):
        parent[last] = rng.choice([value * 2, value[:-1], value + [rng.choice(VALUES)]])
    elif isinstance(value, dict):
        value[rng.choice(NAMES)] = copy.deepcopy(rng.choice(VALUES))


def mutants(objects, count, seed):
    """`count` documents: objects, every fourth of them in a bundle of its own."""
    rng = random.Random(seed)
    for number in range(count):
        tree = copy.deepcopy(objects[number % len(objects)])
        for _ in range(rng.choice([1, 1, 1, 2, 3])):
            if tree:
                mutate_once(tree, rng, objects)
        if number % 4 == 3:
            tree = {"type": "bundle", "id": "bundle--00000000-0000-4000-8000-000000000001", "objects": [tree]}
        yield tree
