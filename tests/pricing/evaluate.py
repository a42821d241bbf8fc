#!/usr/bin/env python3
"""Prices decisions by docs/pricing.md, from which alone it was written; it shares nothing with Tandem's judge.

usage: evaluate.py < LINES, each {"problem": …, "decision": …}; prints a price a line. Standard library only.
"""
import json
import math
import sys

from questions import parse_constraint, parse_objective


def sending_ms(size_bytes, mbps):
    return size_bytes * 8 / (mbps * 1000)


class Tensor:
    def __init__(self, entry, blocks):
        origin = entry.get("from", "input")
        self.maker = blocks.get(origin)  # None: an input of the model
        self.name = entry.get("name", origin)
        self.readers = [blocks[name] for name in entry["to"]]
        self.encodings = entry.get("encodings", [])
        if "bytes" in entry:
            self.encodings = [{"bytes": entry["bytes"]}]


class Problem:
    def __init__(self, entry):
        self.entry = entry
        self.tiers = entry.get("tiers", ["device", "edge", "cloud"])
        self.block_names = [block.get("name", f"block{i}") for i, block in enumerate(entry["blocks"])]
        self.blocks = {name: i for i, name in enumerate(self.block_names)}
        self.layers = [block.get("layers", [i, i]) for i, block in enumerate(entry["blocks"])]
        self.memory = [block.get("memory_bytes", 0) for block in entry["blocks"]]
        self.tensors = [Tensor(tensor, self.blocks) for tensor in entry["tensors"]]
        self.targets = {target["name"]: target for target in entry["targets"]}
        self.first = entry["targets"][0]["name"]
        self.links = {(link["from"], link["to"]): link for link in entry.get("links", [])}
        self.exit_blocks = {exit["name"]: self.blocks[exit["block"]] for exit in entry.get("exits", [])}
        self.policies = {policy["name"]: policy for policy in entry.get("policies", [])}
        self.answer_bytes = entry.get("answer_bytes", 0)

    def download_mbps(self, link):
        return link.get("download_mbps", link["upload_mbps"])

    def needed_by(self, block):
        """The block and all that it depends on."""
        needed, open_blocks = {block}, [block]
        while open_blocks:
            reader = open_blocks.pop()
            for tensor in self.tensors:
                if tensor.maker is not None and reader in tensor.readers and tensor.maker not in needed:
                    needed.add(tensor.maker)
                    open_blocks.append(tensor.maker)
        return needed


class Hop:
    """What a request pays between two stages."""

    def __init__(self):
        self.encode = self.upload = self.decode = self.download = self.round_trip = self.sent = self.loss = 0.0

    def exchange(self):
        return self.round_trip + self.download + self.encode + self.upload + self.decode


class Evaluation:
    def __init__(self, problem, decision):
        self.problem = problem
        self.stages = decision["stages"]
        self.names = [stage["target"] for stage in self.stages]
        self.at = [problem.targets[name] for name in self.names]
        self.stage_of = {}
        for i, stage in enumerate(self.stages):
            for name in stage.get("blocks", []):
                self.stage_of[problem.blocks[name]] = i
        self.policy = problem.policies.get(decision.get("policy"))
        self.shares = [1.0] if self.policy is None else [exit.get("share") for exit in self.policy["exits"]]
        self.phases = self.find_phases()
        self.check()

    # Validity

    def find_phases(self):
        if self.policy is None:
            return {block: 0 for block in self.problem.blocks.values()}
        phases = {}
        for k, exit in enumerate(self.policy["exits"]):
            for block in self.problem.needed_by(self.problem.exit_blocks[exit["exit"]]):
                phases.setdefault(block, k)
        return phases

    def check(self):
        problem = self.problem
        assert self.names[0] == problem.first, "the first stage is not on the first target"
        for hop in zip(self.names, self.names[1:]):
            assert hop in problem.links, f"no link {hop}"
        assert set(self.stage_of) == set(self.phases), "not just the blocks that run have a stage"
        runs = [bool(stage.get("blocks")) for stage in self.stages]
        assert runs[-1], "the last stage runs nothing"
        assert problem.entry.get("relays", True) or all(runs[1:]), "a relay"
        expected = [[] for _ in self.stages]
        for tensor in problem.tensors:
            made, last = self.travel(tensor)
            for hop in range(made, last):
                assert tensor.encodings, f"{tensor.name} cannot be sent"
                expected[hop].append(tensor.name)
        for stage, names in zip(self.stages, expected):
            assert sorted(sent["tensor"] for sent in stage.get("sends", [])) == sorted(names), "tensors sent"
        for k, exit in enumerate(self.policy["exits"] if self.policy else []):
            decided = self.stage_of[problem.exit_blocks[exit["exit"]]]
            assert all(self.stage_of[block] >= decided for block, phase in self.phases.items() if phase > k), "an exit"

    def travel(self, tensor):
        """The stage that makes it, and the last one that reads it; equal: it crosses no hop."""
        if tensor.maker is not None and tensor.maker not in self.phases:
            return 0, 0
        made = 0 if tensor.maker is None else self.stage_of[tensor.maker]
        readers = [self.stage_of[block] for block in tensor.readers if block in self.phases]
        assert all(stage >= made for stage in readers), f"{tensor.name} flows back"
        return made, max(readers, default=made)

    # One request

    def last_stage(self, k):
        return max(self.stage_of[block] for block, phase in self.phases.items() if phase <= k)

    def compute_ms(self, stage, k):
        target = self.at[stage]
        here = [block for block, at in self.stage_of.items() if at == stage and self.phases[block] <= k]
        if not here or stage > self.last_stage(k):
            return 0.0
        parts = len({self.phases[block] for block in here})
        work = target.get("stage_overhead_ms", 0) + (parts - 1) * target.get("exit_ms", 0)
        return target.get("load", 1) * (work + sum(target["block_ms"][block] for block in here))

    def hop(self, stage, k):
        hop = Hop()
        if stage >= self.last_stage(k):
            return hop
        problem, here, there = self.problem, self.at[stage], self.at[stage + 1]
        link = problem.links[self.names[stage], self.names[stage + 1]]
        header = problem.entry.get("header_bytes", 0)
        header += (len(self.shares) - 1) * problem.entry.get("exit_header_bytes", 0)
        hop.round_trip = link["round_trip_ms"] + sending_ms(header, link["upload_mbps"])
        hop.download = sending_ms(problem.answer_bytes, problem.download_mbps(link))
        by_name = {tensor.name: tensor for tensor in problem.tensors}
        for sent in self.stages[stage].get("sends", []):
            encoding = by_name[sent["tensor"]].encodings[sent["encoding"]]
            hop.encode += here.get("load", 1) * encoding.get("encode_ms", {}).get(here["name"], 0)
            hop.upload += sending_ms(encoding["bytes"], link["upload_mbps"])
            hop.decode += there.get("load", 1) * encoding.get("decode_ms", {}).get(there["name"], 0)
            hop.sent += encoding["bytes"]
            hop.loss += encoding.get("accuracy_loss", 0)
        return hop

    # Figures

    def mean(self, figure):
        return sum(share * figure(k) for k, share in enumerate(self.shares))

    def of_latency(self, figure):
        """The mean, or the value at the latency's quantile."""
        quantile = self.problem.entry.get("latency_quantile", 0)
        if quantile == 0:
            return self.mean(figure)
        stopped = 0.0
        for k, share in enumerate(self.shares):
            stopped += share
            if stopped >= quantile - 1e-9:
                return figure(k)
        return figure(len(self.shares) - 1)

    def mean_of_hop(self, stage, name):
        if not 0 <= stage < len(self.stages) - 1:
            return 0.0
        return self.mean(lambda k: getattr(self.hop(stage, k), name))

    def energy_j(self, stage):
        target = self.at[stage]
        computing = self.mean_of_hop(stage - 1, "decode") + self.mean(lambda k: self.compute_ms(stage, k))
        computing += self.mean_of_hop(stage, "encode")
        sending = self.mean_of_hop(stage, "upload") + self.mean_of_hop(stage - 1, "download")
        receiving = self.mean_of_hop(stage - 1, "upload") + self.mean_of_hop(stage, "download")
        watts = [target.get(name, 0) for name in ("compute_watts", "send_watts", "receive_watts")]
        return (watts[0] * computing + watts[1] * sending + watts[2] * receiving) / 1000

    def period_ms(self):
        busy = [0.0]
        for stage in range(len(self.stages)):
            compute = self.mean(lambda k: self.compute_ms(stage, k))
            busy.append(self.mean_of_hop(stage - 1, "decode") + compute + self.mean_of_hop(stage, "encode"))
            busy += [self.mean_of_hop(stage, "upload"), self.mean_of_hop(stage, "download")]
        return max(busy)

    def memory_bytes(self, stage):
        return sum(self.problem.memory[block] for block, at in self.stage_of.items() if at == stage)

    def upload_bytes(self, links):
        hops = [i for i in range(len(self.stages) - 1) if links is None or (self.names[i], self.names[i + 1]) in links]
        return sum(self.mean_of_hop(i, "sent") for i in hops)

    def price(self):
        stages = range(len(self.stages))
        price = {
            "compute_ms": [self.of_latency(lambda k: self.compute_ms(i, k)) for i in stages],
            "exchange_ms": [self.of_latency(lambda k: self.hop(i, k).exchange()) for i in stages],
            "upload_bytes": self.upload_bytes(None),
            "energy_by_stage_j": [self.energy_j(i) for i in stages],
            "period_ms": self.period_ms(),
            "memory_bytes": [self.memory_bytes(i) for i in stages],
        }
        price["latency_ms"] = sum(price["compute_ms"]) + sum(price["exchange_ms"])
        price["energy_j"] = sum(price["energy_by_stage_j"])
        accuracy = 100 if self.policy is None else self.policy["accuracy"]
        price["accuracy_percent"] = accuracy - sum(self.mean_of_hop(i, "loss") for i in stages)
        price["cost"] = self.cost(price)
        price["kept"] = [self.keeps(text, price) for text in self.problem.entry.get("constraints", [])]
        memory_kept = all(
            holds(bytes, at.get("memory_limit_bytes", math.inf)) for bytes, at in zip(price["memory_bytes"], self.at)
        )
        price["is_feasible"] = memory_kept and all(price["kept"])
        return price

    def cost(self, price):
        objective = parse_objective(self.problem, self.problem.entry.get("objective", "latency"))
        figures = {
            "latency": price["latency_ms"],
            "error": 100 - price["accuracy_percent"],
            "accuracy": 100 - price["accuracy_percent"],
            "throughput": price["period_ms"],
            "energy": price["energy_j"],
        }
        return sum(
            weight * (self.upload_bytes(links) if name == "upload" else figures[name])
            for weight, name, links in objective
        )

    # Constraints

    def keeps(self, text, price):
        constraint = parse_constraint(self.problem, text)
        kind, names = constraint["kind"], constraint.get("names")
        blocks = constraint.get("blocks")
        target_of = {block: self.names[stage] for block, stage in self.stage_of.items()}
        if kind == "on":
            return all(target_of[block] in names for block in blocks if block in target_of)
        if kind == "not-on":
            return not any(target_of.get(block) in names for block in blocks)
        if kind == "use":
            return any(target in names for target in target_of.values())
        if kind == "avoid":
            taking_part = [name for i, name in enumerate(self.names) if i > 0 or self.stages[0].get("blocks")]
            return not any(name in names for name in taking_part)
        if kind == "private":
            return self.is_private(blocks, names, target_of)
        return self.keeps_limit(constraint, price)

    def is_private(self, blocks, names, target_of):
        before = set()
        for block in blocks:
            before |= self.problem.needed_by(block)
        # Those that others of them depend on; a named block itself only where another one needs it.
        before = {
            tensor.maker for tensor in self.problem.tensors if tensor.maker in before and before & set(tensor.readers)
        }
        guarded = [tensor for tensor in self.problem.tensors if tensor.maker is None or tensor.maker in before]
        return all(
            target_of[block] in names for tensor in guarded for block in tensor.readers if block in target_of
        )

    def keeps_limit(self, constraint, price):
        metric, names, links = constraint["metric"], constraint["names"], constraint["links"]
        on_targets = [i for i, name in enumerate(self.names) if names is None or name in names]
        on_links = [
            i for i in range(len(self.names) - 1) if links is None or (self.names[i], self.names[i + 1]) in links
        ]
        if metric == "memory":
            return all(holds(price["memory_bytes"][i], constraint["limit"]) for i in on_targets)
        value = {
            "latency": lambda: price["latency_ms"],
            "period": lambda: price["period_ms"],
            "error": lambda: 100 - price["accuracy_percent"],
            "compute": lambda: sum(price["compute_ms"][i] for i in on_targets),
            "exchange": lambda: sum(price["exchange_ms"][i] for i in on_links),
            "upload": lambda: self.upload_bytes(links),
            "energy": lambda: sum(price["energy_by_stage_j"][i] for i in on_targets),
        }[metric]()
        if constraint["is_share"]:
            value = value / price["latency_ms"] if price["latency_ms"] > 0 else 0.0
        return holds(value, constraint["limit"])


def holds(value, limit):
    return value <= limit + 1e-9 * limit + 1e-12


def evaluate(problem, decision):
    return Evaluation(Problem(problem), decision).price()


if __name__ == "__main__":
    for line in sys.stdin:
        case = json.loads(line)
        print(json.dumps(evaluate(case["problem"], case["decision"])))
