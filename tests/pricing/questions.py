"""Reads constraints and objectives as docs/formats.md writes them ("Constraints and objectives"). Standard library only."""
import re

UNITS = {
    "ms": 1, "s": 1e3, "min": 6e4, "B": 1, "KB": 1e3, "kB": 1e3, "MB": 1e6, "GB": 1e9,
    "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3, "J": 1, "mJ": 1e-3, "": 1, "/s": 1,
}
NAME = r"'[^']*'|(?:(?!->)[^\s,()])+"
NUMBER = r"[0-9.]+(?:[eE][-+]?[0-9]+)?"


def names_in(text):
    return [name.strip().strip("'") for name in re.findall(NAME, text)]


def targets_named(problem, text):
    """The targets of a list; a tier stands for all of its targets."""
    targets = set()
    for name in names_in(text):
        of_kind = {target for target, entry in problem.targets.items() if entry.get("kind") == name}
        in_tier = {target for target, entry in problem.targets.items() if entry["tier"] == name}
        targets |= {name} if name in problem.targets else of_kind or in_tier
    return targets


def links_named(problem, text):
    links = set()
    for ends in text.split(","):
        origin, goal = (targets_named(problem, end) for end in ends.split("->"))
        links |= {link for link in problem.links if link[0] in origin and link[1] in goal}
    return links


def blocks_named(problem, text):
    """Blocks by name, by the number of a layer, or by a range of layers."""
    blocks = set()
    for name in re.findall(r"'[^']*'|[^\s,]+", text):
        numbers = re.fullmatch(r"(\d+)(?:-(\d+))?", name)
        if not numbers:
            blocks.add(problem.blocks[name.strip("'")])
            continue
        first, last = int(numbers[1]), int(numbers[2] or numbers[1])
        blocks |= {i for i, (low, high) in enumerate(problem.layers) if low <= last and high >= first}
    return blocks


def parse_limit(problem, text):
    found = re.fullmatch(rf"(\w+)\s*(?:\((.*)\))?\s*([<>]=)\s*({NUMBER})\s*(\S*)", text)
    metric, listed, _, number, unit = found.groups()
    limit = {"kind": "limit", "metric": metric, "names": None, "links": None, "is_share": False}
    if listed and metric in ("exchange", "upload"):
        limit["links"] = links_named(problem, listed)
    elif listed:
        limit["names"] = targets_named(problem, listed)
    limit["limit"] = float(number) if unit == "%" else float(number) * UNITS[unit]
    if metric in ("compute", "exchange") and unit == "%":
        limit["is_share"] = True
        limit["limit"] /= 100
    if metric == "accuracy":
        limit.update(metric="error", limit=100 - limit["limit"])
    if metric == "throughput":
        limit.update(metric="period", limit=1000 / limit["limit"])
    return limit


def parse_constraint(problem, text):
    word, _, rest = text.strip().partition(" ")
    if word in ("on", "not-on"):
        parts = re.findall(r"'[^']*'|,|[^\s,]+", rest)
        end = 1
        while end < len(parts) and parts[end] == ",":
            end += 2
        return {
            "kind": word,
            "blocks": blocks_named(problem, "".join(parts[:end])),
            "names": targets_named(problem, "".join(parts[end:])),
        }
    few = re.fullmatch(r"use at most (\d+) of (.*)", text.strip())
    if few:
        return {"kind": "use at most", "count": int(few[1]), "names": targets_named(problem, few[2])}
    if word in ("use", "avoid"):
        return {"kind": word, "names": targets_named(problem, rest)}
    if word == "together":
        return {"kind": word, "blocks": blocks_named(problem, rest)}
    if word == "private":
        layers, _, names = (" " + rest).partition(" on ")
        return {
            "kind": word,
            "blocks": blocks_named(problem, layers),
            "names": targets_named(problem, names) if names else {problem.first},
        }
    return parse_limit(problem, text.strip())


def parse_objective(problem, text):
    """Terms: weight, figure, links or None."""
    terms = []
    for term in re.split(r"\s\+\s", text.strip()):
        found = re.fullmatch(rf"(?:({NUMBER})\s*\*\s*)?(\w+)(?:\((.*)\))?", term.strip())
        weight, name, links = found.groups()
        terms.append((float(weight or 1), name, links_named(problem, links) if links else None))
    return terms
