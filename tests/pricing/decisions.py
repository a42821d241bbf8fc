"""Decisions of a problem: where blocks run, what is sent, whether they are valid. By docs/pricing.md alone."""


class Decision:
    def __init__(self, problem, entry):
        self.problem = problem
        self.stages = entry["stages"]
        self.names = [stage["target"] for stage in self.stages]
        self.hops = list(zip(self.names, self.names[1:]))
        self.policy = problem.policies.get(entry.get("policy"))
        self.shares = [1.0] if self.policy is None else [exit["share"] for exit in self.policy["exits"]]
        self.stage_of, self.target_of, self.step_of = {}, {}, {}
        for i, stage in enumerate(self.stages):
            for j, step in enumerate(self.steps(i)):
                self.place(step.get("blocks", []), i, j, self.names[i])
                for offload in step.get("offloads", []):
                    self.place(offload["blocks"], i, j, offload["target"])
        self.phases = self.find_phases()
        self.check()

    def place(self, names, stage, step, target):
        for name in names:
            block = self.problem.blocks[name]
            assert block not in self.stage_of, f"{name} runs twice"
            self.stage_of[block], self.step_of[block], self.target_of[block] = stage, step, target

    def steps(self, stage):
        """A stage that is not parallel has one step."""
        return self.stages[stage].get("steps", [self.stages[stage]])

    def own(self, stage):
        return [block for block, at in self.stage_of.items() if at == stage and self.is_own(block)]

    def is_own(self, block):
        return self.target_of[block] == self.names[self.stage_of[block]]

    def find_phases(self):
        if self.policy is None:
            return {block: 0 for block in self.problem.blocks.values()}
        phases = {}
        for k, exit in enumerate(self.policy["exits"]):
            for block in self.problem.needed_by(self.problem.exit_blocks[exit["exit"]]):
                phases.setdefault(block, k)
        return phases

    def last_stage(self, k):
        return max(self.stage_of[block] for block, phase in self.phases.items() if phase <= k)

    def check_way(self, tensor):
        """It comes once to every later stage that reads it, by way of stages that read it or send it on."""
        ways = [(i, i + 1 + sent.get("past", 0)) for i, sent in self.sends() if sent["tensor"] == tensor.name]
        if tensor.maker is not None and tensor.maker not in self.phases:
            assert not ways, f"{tensor.name} is not made"
            return
        made = 0 if tensor.maker is None else self.stage_of[tensor.maker]
        readers = {self.stage_of[block] for block in tensor.readers if block in self.phases}
        assert all(stage >= made for stage in readers), f"{tensor.name} flows back"
        arrivals = [there for _, there in ways]
        assert len(set(arrivals)) == len(arrivals) and made not in arrivals, f"{tensor.name} comes twice"
        assert readers <= {made, *arrivals}, f"{tensor.name} does not come"
        assert set(arrivals) <= readers | {here for here, _ in ways}, f"{tensor.name} comes for nothing"
        for here, there in ways:
            assert here == made or here in arrivals, f"{tensor.name} is sent from where it is not"
            assert (self.names[here], self.names[there]) in self.problem.links, "no link"
            assert there == here + 1 or self.problem.entry.get("bypass"), "no bypass"

    def sends(self):
        """All tensors sent, each with the stage that sends it."""
        return [(i, sent) for i, stage in enumerate(self.stages) for sent in stage.get("sends", [])]

    def sends_to(self, stage, past):
        return [sent for sent in self.stages[stage].get("sends", []) if sent.get("past", 0) == past]

    def read_in(self, blocks):
        """Tensors that these blocks read and others make."""
        return [
            tensor
            for tensor in self.problem.tensors
            if set(tensor.readers) & blocks
            and (tensor.maker is None or (tensor.maker in self.phases and tensor.maker not in blocks))
        ]

    def read_outside(self, blocks):
        """Tensors that these blocks make and others, which run, read."""
        return [
            tensor
            for tensor in self.problem.tensors
            if tensor.maker in blocks and set(tensor.readers) & set(self.phases) - blocks
        ]

    def check(self):
        problem = self.problem
        assert self.names[0] == problem.first, "the first stage is not on the first target"
        assert all(hop in problem.links for hop in self.hops), "no link"
        assert len(set(self.names)) == len(self.names), "a target is visited twice"
        assert set(self.stage_of) == set(self.phases), "not just the blocks that run have a stage"
        runs = [stage in self.stage_of.values() for stage in range(len(self.stages))]
        assert runs[-1], "the last stage runs nothing"
        assert problem.entry.get("relays", True) or all(runs[1:]), "a relay"
        for tensor in problem.tensors:
            self.check_way(tensor)
        for k, exit in enumerate(self.policy["exits"] if self.policy else []):
            decided = self.stage_of[problem.exit_blocks[exit["exit"]]]
            assert all(self.stage_of[block] >= decided for block, phase in self.phases.items() if phase > k), "an exit"
        self.check_abilities()
        for stage in range(len(self.stages)):
            if "steps" in self.stages[stage]:
                self.check_steps(self.steps(stage))

    def check_abilities(self):
        for block, name in self.target_of.items():
            assert self.problem.targets[name]["block_ms"][block] is not None, f"{name} cannot run {block}"
        for stage, sent in self.sends():
            encoding = self.problem.tensor_named[sent["tensor"]].encodings[sent["encoding"]]
            ends = self.names[stage], self.names[stage + 1 + sent.get("past", 0)]
            for name, key in zip(ends, ("encode_ms", "decode_ms")):
                assert encoding.get(key, {}).get(name, 0) is not None, f"{name} lacks a codec"

    def check_steps(self, steps):
        assert self.problem.entry.get("parallel") and len(self.shares) == 1, "no work in parallel"
        assert all(step["blocks"] for step in steps), "a step without blocks of the stage's own"
        for step, following in zip(steps, steps[1:]):
            assert step.get("offloads") or following.get("offloads"), "a step too many"
        for step in steps:
            for offload in step.get("offloads", []):
                blocks = {self.problem.blocks[name] for name in offload["blocks"]}
                check_sends(offload, [tensor.name for tensor in self.read_in(blocks)])
        for tensor in self.problem.tensors:
            for reader in tensor.readers:
                if tensor.maker in self.phases and reader in self.phases:
                    assert self.may_read(tensor.maker, reader), f"{tensor.name} is read too early"

    def may_read(self, maker, reader):
        if self.stage_of[maker] != self.stage_of[reader] or self.step_of[maker] < self.step_of[reader]:
            return True
        return self.step_of[maker] == self.step_of[reader] and self.target_of[maker] == self.target_of[reader]


def check_sends(sender, names):
    assert sorted(sent["tensor"] for sent in sender.get("sends", [])) == sorted(names), "tensors sent"
