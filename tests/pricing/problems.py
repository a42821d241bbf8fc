"""Problems as docs/formats.md writes them. Standard library only."""


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

    def raw_bytes(self):
        return next(each["bytes"] for each in self.encodings if each.get("codec", "raw") == "raw")


class Problem:
    def __init__(self, entry):
        self.entry = entry
        self.tiers = entry.get("tiers", ["device", "edge", "cloud"])
        self.block_names = [block.get("name", f"block{i}") for i, block in enumerate(entry["blocks"])]
        self.blocks = {name: i for i, name in enumerate(self.block_names)}
        self.layers = [block.get("layers", [i, i]) for i, block in enumerate(entry["blocks"])]
        self.memory = [block.get("memory_bytes", 0) for block in entry["blocks"]]
        self.tensors = [Tensor(tensor, self.blocks) for tensor in entry["tensors"]]
        self.tensor_named = {tensor.name: tensor for tensor in self.tensors}
        self.targets = {target["name"]: target for target in entry["targets"]}
        self.first = entry["targets"][0]["name"]
        self.links = {(link["from"], link["to"]): link for link in entry.get("links", [])}
        self.exit_blocks = {exit["name"]: self.blocks[exit["block"]] for exit in entry.get("exits", [])}
        self.policies = {policy["name"]: policy for policy in entry.get("policies", [])}
        self.answer_bytes = entry.get("answer_bytes", 0)

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

    def load(self, target):
        return self.targets[target].get("load", 1)


class Transfer:
    """What a request pays between two targets, one way with tensors and back with `returned_bytes`."""

    def __init__(self, problem, ends, sends, header_bytes, returned_bytes):
        here, there = self.ends = ends
        link = problem.links[ends]
        mbps = link["upload_mbps"]
        self.returned = returned_bytes
        self.round_trip = link["round_trip_ms"] + sending_ms(header_bytes, mbps)
        self.download = sending_ms(returned_bytes, link.get("download_mbps", mbps))
        encodings = [problem.tensor_named[sent["tensor"]].encodings[sent["encoding"]] for sent in sends]
        self.encode = sum(problem.load(here) * each.get("encode_ms", {}).get(here, 0) for each in encodings)
        self.upload = sum(sending_ms(each["bytes"], mbps) for each in encodings)
        self.decode = sum(problem.load(there) * each.get("decode_ms", {}).get(there, 0) for each in encodings)
        self.sent = sum(each["bytes"] for each in encodings)
        self.round_trip += max([wait["ms"] for wait in link.get("waits", []) if self.sent > wait["above_bytes"]] + [0.0])
        self.loss = sum(each.get("accuracy_loss", 0) for each in encodings)

    def exchange(self):
        return self.round_trip + self.download + self.encode + self.upload + self.decode


class Bypass(Transfer):
    """Tensors sent past others: no round trip, nothing back. `encoded`: tensors, and how, that the stage encodes anyway."""

    def __init__(self, problem, ends, sends, encoded):
        super().__init__(problem, ends, sends, 0, 0)
        self.round_trip = 0.0
        here = ends[0]
        fresh = [sent for sent in sends if (sent["tensor"], sent["encoding"]) not in encoded]
        encodings = [problem.tensor_named[sent["tensor"]].encodings[sent["encoding"]] for sent in fresh]
        self.encode = sum(problem.load(here) * each.get("encode_ms", {}).get(here, 0) for each in encodings)
