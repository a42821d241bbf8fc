#!/usr/bin/env python3
"""Compares evaluate.py with the examples of docs/pricing.md, and both with Tandem's judge. Standard library only.

usage: check.py PRICING_CASES examples PAGE         every number of every example, by evaluator and judge
       check.py PRICING_CASES random SEED COUNT     random problems of every magnitude
"""
import copy
import json
import re
import subprocess
import sys

from evaluate import evaluate

FEWEST_EXAMPLES = 12


def is_near(left, right):
    """Sums in another order differ by rounding; accuracies are differences from 100."""
    if isinstance(left, list):
        return len(left) == len(right) and all(map(is_near, left, right))
    if isinstance(left, dict):
        return all(is_near(value, right[key]) for key, value in left.items())
    if isinstance(left, bool):
        return left is right
    return abs(left - right) <= 1e-9 * max(abs(left), abs(right)) + 1e-11


def differences(expected, found, who):
    return [
        f"{who}: {key}: expected {value}, found {found.get(key)}"
        for key, value in expected.items()
        if key not in found or not is_near(value, found[key])
    ]


def changed(problem, changes):
    """The problem with values set at JSON pointers."""
    problem = copy.deepcopy(problem)
    for pointer, value in changes.items():
        *path, last = pointer.strip("/").split("/")
        place = problem
        for step in path:
            place = place[int(step) if isinstance(place, list) else step]
        place[int(last) if isinstance(place, list) else last] = value
    return problem


def read_examples(page):
    text = open(page, encoding="utf-8").read()
    blocks = [json.loads(block) for block in re.findall(r"^```json\n(.*?)^```", text, re.DOTALL | re.MULTILINE)]
    problem = next(block for block in blocks if block.get("format") == "tandem.problem")
    return [
        {**block, "problem": changed(problem, block.get("with", {}))} for block in blocks if "example" in block
    ]


def check_examples(program, page):
    examples = read_examples(page)
    assert len(examples) >= FEWEST_EXAMPLES, f"{page} has only {len(examples)} examples"
    lines = "".join(json.dumps({key: each[key] for key in ("problem", "decision")}) + "\n" for each in examples)
    judge = subprocess.run([program], input=lines, capture_output=True, text=True)
    assert judge.returncode == 0, judge.stderr
    failures = []
    for example, line in zip(examples, judge.stdout.splitlines()):
        found = differences(example["price"], evaluate(example["problem"], example["decision"]), "evaluator")
        found += differences(example["price"], json.loads(line), "judge")
        failures += [f"{example['example']}: {each}" for each in found]
    return len(examples), failures


def check_random(program, seed, count):
    judge = subprocess.Popen([program, seed, count], stdout=subprocess.PIPE, text=True)
    failures, checked, feasible = [], 0, 0
    for line in judge.stdout:
        case = json.loads(line)
        found = differences(case["price"], evaluate(case["problem"], case["decision"]), "evaluator")
        failures += [f"seed {int(seed) + checked}: {each}" for each in found]
        checked += 1
        feasible += case["price"]["is_feasible"]
    assert judge.wait() == 0 and checked == int(count), f"{program} printed {checked} cases"
    print(f"{feasible} of {checked} plans are feasible")
    return checked, failures


def main(program, kind, *arguments):
    checked, failures = {"examples": check_examples, "random": check_random}[kind](program, *arguments)
    for failure in failures[:20]:
        print(failure)
    print(f"{checked} prices compared, {len(failures)} figures differ")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
