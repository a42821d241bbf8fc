#!/usr/bin/env python3
"""Prices decisions by docs/pricing.md, from which alone it was written; it shares nothing with Tandem's judge.

usage: evaluate.py < LINES, each {"problem": …, "decision": …}; prints a price a line. Standard library only.
"""
import collections
import json
import math
import sys

from decisions import Decision
from problems import Bypass, Problem, Transfer
from questions import parse_constraint, parse_objective


class Offload:
    """The work of a target beside a stage."""

    def __init__(self, problem, decision, stage, entry):
        blocks = {problem.blocks[name] for name in entry["blocks"]}
        self.target = entry["target"]
        returned = sum(tensor.raw_bytes() for tensor in decision.read_outside(blocks))
        ends = (decision.names[stage], self.target)
        header = problem.entry.get("header_bytes", 0)
        self.transfer = Transfer(problem, ends, entry.get("sends", []), header, returned)
        target = problem.targets[self.target]
        work = target.get("stage_overhead_ms", 0) + sum(target["block_ms"][block] for block in blocks)
        self.compute = problem.load(self.target) * work

    def latency(self):
        return self.compute + self.transfer.exchange()


class Evaluation:
    def __init__(self, problem, decision):
        self.problem = problem
        self.decision = decision
        self.shares = decision.shares
        self.count = len(decision.stages)
        self.offloads = [
            Offload(problem, decision, stage, entry)
            for stage in range(self.count)
            for step in decision.steps(stage)
            for entry in step.get("offloads", [])
        ]

    # One request

    def compute_ms(self, stage, k):
        name = self.decision.names[stage]
        target = self.problem.targets[name]
        here = [block for block in self.decision.own(stage) if self.decision.phases[block] <= k]
        if not here:
            return 0.0
        parts = len({self.decision.phases[block] for block in here}) + len(self.decision.steps(stage)) - 1
        whole = self.segment_ms(stage, target)
        if whole is None:
            whole = target.get("stage_overhead_ms", 0) + sum(target["block_ms"][block] for block in here)
        return self.problem.load(name) * (whole + (parts - 1) * target.get("exit_ms", 0))

    def segment_ms(self, stage, target):
        blocks = set(self.decision.own(stage))
        if "steps" in self.decision.stages[stage] or len({self.decision.phases[block] for block in blocks}) != 1:
            return None
        for segment in target.get("segments", []):
            first, last = self.problem.blocks[segment["first"]], self.problem.blocks[segment["last"]]
            if blocks == set(range(first, last + 1)):
                return segment["ms"]
        return None

    def waiting_ms(self, stage):
        """For offloads that take longer than the own blocks of their step."""
        name = self.decision.names[stage]
        target = self.problem.targets[name]
        waiting = 0.0
        for i, step in enumerate(self.decision.steps(stage)):
            begin = target.get("exit_ms" if i else "stage_overhead_ms", 0)
            work = begin + sum(target["block_ms"][self.problem.blocks[block]] for block in step.get("blocks", []))
            own = self.problem.load(name) * work
            offloads = [Offload(self.problem, self.decision, stage, entry) for entry in step.get("offloads", [])]
            waiting += max([offload.latency() - own for offload in offloads] + [0.0])
        return waiting

    def hop(self, stage, k):
        """Nothing where the request has stopped before."""
        if stage >= self.decision.last_stage(k):
            return None
        header = self.problem.entry.get("header_bytes", 0)
        header += (len(self.shares) - 1) * self.problem.entry.get("exit_header_bytes", 0)
        sends = self.decision.sends_to(stage, 0)
        return Transfer(self.problem, self.decision.hops[stage], sends, header, self.problem.answer_bytes)

    def bypasses(self, stage):
        """Transfers past others: the stage that each leads to, and itself."""
        names = self.decision.names
        for there in range(stage + 2, self.count):
            sends = self.decision.sends_to(stage, there - stage - 1)
            if sends:
                ends = (names[stage], names[there])
                earlier = [each for past in range(there - stage - 1) for each in self.decision.sends_to(stage, past)]
                encoded = {(each["tensor"], each["encoding"]) for each in earlier}
                yield there, Bypass(self.problem, ends, sends, encoded)

    def bypass_ms(self, stage, k, counts=lambda ends: True):
        last = self.decision.last_stage(k)
        ways = [(there, each) for there, each in self.bypasses(stage) if stage < last and counts(each.ends)]
        return sum(each.encode + each.upload + (each.decode if there <= last else 0) for there, each in ways)

    def exchange_ms(self, stage, k):
        hop = self.hop(stage, k)
        return hop.exchange() if hop else 0.0

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

    def transfers(self):
        """All, each with the share of requests that need it."""
        for stage in range(self.count - 1):
            hop = self.hop(stage, len(self.shares) - 1)
            share = self.mean(lambda k: 1.0 if self.hop(stage, k) else 0.0)
            yield share, hop
            for there, each in self.bypasses(stage):
                reached = self.mean(lambda k: 1.0 if there <= self.decision.last_stage(k) else 0.0)
                each.decode *= reached / share if share else 0.0
                yield share, each
        for offload in self.offloads:
            yield 1.0, offload.transfer

    def computing_ms(self):
        """By target: computing, encoding and decoding, of means."""
        busy = collections.Counter()
        for stage, name in enumerate(self.decision.names):
            busy[name] += self.mean(lambda k: self.compute_ms(stage, k))
        for offload in self.offloads:
            busy[offload.target] += offload.compute
        for share, each in self.transfers():
            busy[each.ends[0]] += share * each.encode
            busy[each.ends[1]] += share * each.decode
        return busy

    def energy_j(self):
        """By target."""
        energy = collections.Counter()
        watts = {name: lambda key, at=target: at.get(key, 0) for name, target in self.problem.targets.items()}
        for name, busy in self.computing_ms().items():
            energy[name] += watts[name]("compute_watts") * busy / 1000
        for share, each in self.transfers():
            for name, out, back in ((each.ends[0], each.upload, each.download), (each.ends[1], each.download, each.upload)):
                joules = watts[name]("send_watts") * out + watts[name]("receive_watts") * back
                energy[name] += share * joules / 1000
        return energy

    def money(self):
        """By target, with the links that lead to it."""
        money = collections.Counter()
        for name, busy in self.computing_ms().items():
            money[name] += self.problem.targets[name].get("price_per_hour", 0) * busy / 3_600_000
        for share, each in self.transfers():
            price = self.problem.links[each.ends].get("price_per_gb", 0)
            money[each.ends[1]] += share * price * (each.sent + each.returned) / 1e9
        return money

    def period_ms(self):
        uploads, downloads = collections.Counter(), collections.Counter()
        for share, each in self.transfers():
            uploads[each.ends] += share * each.upload
            downloads[each.ends] += share * each.download
        replicas = lambda name: self.problem.targets[name].get("replicas", 1)
        busy = [ms / replicas(name) for name, ms in self.computing_ms().items()]
        for ways in (uploads, downloads):
            busy += [ms / max(map(replicas, ends)) for ends, ms in ways.items()]
        return max(busy)

    def memory_bytes(self):
        """By target."""
        memory = collections.Counter({name: 0 for name in self.problem.targets})
        for block, name in self.decision.target_of.items():
            memory[name] += self.problem.memory[block]
        return memory

    def upload_bytes(self, links):
        return sum(share * each.sent for share, each in self.transfers() if links is None or each.ends in links)

    def price(self):
        stages = range(self.count)
        energy, memory, money = self.energy_j(), self.memory_bytes(), self.money()
        price = {
            "compute_ms": [self.of_latency(lambda k: self.compute_ms(i, k)) for i in stages],
            "exchange_ms": [self.of_latency(lambda k: self.exchange_ms(i, k)) for i in stages],
            "waiting_ms": [self.waiting_ms(i) for i in stages],
            "bypass_ms": [self.of_latency(lambda k: self.bypass_ms(i, k)) for i in stages],
            "upload_bytes": self.upload_bytes(None),
            "energy_j": sum(energy.values()),
            "period_ms": self.period_ms(),
            "energy_by_target_j": {name: energy[name] for name in self.problem.targets},
            "memory_by_target_bytes": dict(memory),
            "money": sum(money.values()),
            "money_by_target": {name: money[name] for name in self.problem.targets},
        }
        parts = ("compute_ms", "exchange_ms", "waiting_ms", "bypass_ms")
        price["latency_ms"] = sum(sum(price[part]) for part in parts)
        accuracy = 100 if self.decision.policy is None else self.decision.policy["accuracy"]
        price["accuracy_percent"] = accuracy - sum(share * each.loss for share, each in self.transfers())
        price["cost"] = self.cost(price)
        price["kept"] = [self.keeps(text, price) for text in self.problem.entry.get("constraints", [])]
        limits = {name: target.get("memory_limit_bytes", math.inf) for name, target in self.problem.targets.items()}
        price["is_feasible"] = all(holds(memory[name], limits[name]) for name in limits) and all(price["kept"])
        price["is_feasible"] = price["is_feasible"] and all(self.keeps_size(each) for each in self.sized_transfers())
        return price

    def sized_transfers(self):
        """Those that a link's limits of size are about."""
        hops = [self.hop(stage, len(self.shares) - 1) for stage in range(self.count - 1)]
        return hops + [each.transfer for each in self.offloads]

    def keeps_size(self, transfer):
        link = self.problem.links[transfer.ends]
        most = link.get("most_bytes", math.inf)
        return most > 0 and holds(transfer.sent, most) and holds(link.get("least_bytes", 0), transfer.sent)

    def cost(self, price):
        error = 100 - price["accuracy_percent"]
        figures = {"latency": price["latency_ms"], "throughput": price["period_ms"], "energy": price["energy_j"]}
        figures.update(error=error, accuracy=error, money=price["money"])
        terms = parse_objective(self.problem, self.problem.entry.get("objective", "latency"))
        return sum(
            weight * (self.upload_bytes(links) if name == "upload" else figures[name]) for weight, name, links in terms
        )

    # Constraints

    def keeps(self, text, price):
        constraint = parse_constraint(self.problem, text)
        kind, names, blocks = constraint["kind"], constraint.get("names"), constraint.get("blocks")
        target_of = self.decision.target_of
        if kind == "on":
            return all(target_of[block] in names for block in blocks if block in target_of)
        if kind == "not-on":
            return not any(target_of.get(block) in names for block in blocks)
        if kind == "use at most":
            return len(set(target_of.values()) & names) <= constraint["count"]
        if kind == "together":
            return len({target_of[block] for block in blocks if block in target_of}) <= 1
        if kind == "use":
            return any(target in names for target in target_of.values())
        if kind == "avoid":
            relays = self.decision.names[1:]
            return not any(name in names for name in [*relays, *target_of.values()])
        if kind == "private":
            return self.is_private(blocks, names)
        return self.keeps_limit(constraint, price)

    def is_private(self, blocks, names):
        before = set()
        for block in blocks:
            before |= self.problem.needed_by(block)
        # Without those that no other one of them depends on.
        before = {
            tensor.maker for tensor in self.problem.tensors if tensor.maker in before and before & set(tensor.readers)
        }
        guarded = [tensor for tensor in self.problem.tensors if tensor.maker is None or tensor.maker in before]
        readers = [block for tensor in guarded for block in tensor.readers if block in self.decision.target_of]
        return all(self.decision.target_of[block] in names for block in readers)

    def keeps_limit(self, constraint, price):
        metric, names, links = constraint["metric"], constraint["names"], constraint["links"]
        counts = lambda name: names is None or name in names
        counts_link = lambda ends: links is None or ends in links
        if metric == "memory":
            memory = price["memory_by_target_bytes"]
            return all(holds(size, constraint["limit"]) for name, size in memory.items() if counts(name))
        offloads = self.offloads
        value = {
            "latency": lambda: price["latency_ms"],
            "period": lambda: price["period_ms"],
            "error": lambda: 100 - price["accuracy_percent"],
            "compute": lambda: sum(ms for ms, at in zip(price["compute_ms"], self.decision.names) if counts(at))
            + sum(each.compute for each in offloads if counts(each.target)),
            "exchange": lambda: sum(ms for ms, at in zip(price["exchange_ms"], self.decision.hops) if counts_link(at))
            + sum(each.transfer.exchange() for each in offloads if counts_link(each.transfer.ends))
            + sum(self.of_latency(lambda k: self.bypass_ms(i, k, counts_link)) for i in range(self.count)),
            "upload": lambda: self.upload_bytes(links),
            "money": lambda: sum(price["money_by_target"][name] for name in self.problem.targets if counts(name)),
            "energy": lambda: sum(joules for name, joules in price["energy_by_target_j"].items() if counts(name)),
        }[metric]()
        if constraint["is_share"]:
            value = value / price["latency_ms"] if price["latency_ms"] > 0 else 0.0
        return holds(value, constraint["limit"] + (1e-12 if metric == "error" else 0))


def holds(value, limit):
    return value <= limit + 1e-9 * limit


def evaluate(problem, decision):
    problem = Problem(problem)
    return Evaluation(problem, Decision(problem, decision)).price()


if __name__ == "__main__":
    for line in sys.stdin:
        case = json.loads(line)
        print(json.dumps(evaluate(case["problem"], case["decision"])))
