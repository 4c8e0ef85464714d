"""Verifies a published version, bit by bit, from what lies in the bucket.

    pip install numpy
    aws s3 sync s3://…bucket… copy && python verify.py copy line 3

It is written from the protocol's text (client/src/protocol/README.md): seals name the updates and their
weights, the sums are integers, the server step is in float64. Updates expire after some days; until
then anyone who may read the bucket can repeat what the functions did.
"""

import hashlib
import json
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np

DEFAULTS = {"fedavg": {"learningRate": 1.0}, "fedavgm": {"learningRate": 1.0, "momentum": 0.9}}


def tensors_in(path, dtype):
    """Tensors of a safetensors file, each flat."""
    content = path.read_bytes()
    begin = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:begin])
    header.pop("__metadata__", None)
    return {
        name: np.frombuffer(content[begin + entry["data_offsets"][0] : begin + entry["data_offsets"][1]], dtype)
        for name, entry in header.items()
    }


def encode_version(plan, version, weights):
    """The bytes of a version: metadata first, tensors in the plan's order, no spaces, padded to 8."""
    header = {"__metadata__": {"format": "1", "model": plan["model"], "version": str(version)}}
    data = b""
    for tensor in plan["tensors"]:
        values = weights[tensor["name"]].astype("<f4").tobytes()
        offsets = [len(data), len(data) + len(values)]
        header[tensor["name"]] = {"dtype": "F32", "shape": tensor["shape"], "data_offsets": offsets}
        data += values
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + data


def members_of(root, model, number, result):
    """The included members in group, seal and device order, with their groups."""
    members = []
    rounds = root / "rounds" / model / str(number)
    settings = json.loads((rounds / "round.json").read_text())
    for group in range(settings["groups"]):
        for n in range(len(list((rounds / "seals" / str(group)).iterdir()))):
            seal = json.loads((rounds / "seals" / str(group) / f"{n}.json").read_text())
            out = {
                place
                for each in result["excluded"]
                if (each["group"], each["seal"]) == (group, n)
                for place in each["members"]
            }
            members += [(group, m) for place, m in enumerate(seal["members"]) if place not in out]
    return members


def mean_of(tensor, plan, settings, values, weights):
    """The weighted mean of one tensor's deltas: fround((Number(sum) / totalWeight) · 2^−q)."""
    total = sum(weights)
    bits = settings["fractionBits"]
    is_statistic = tensor["role"] == "statistic" and "statisticFractionBits" in settings
    if is_statistic:
        # More bits than an int64 or a double has: rational numbers, rounded half to even.
        bits = settings["statisticFractionBits"]
        sums = [
            sum(round(Fraction(float(value)) * weight * Fraction(2) ** bits) for value, weight in zip(column, weights))
            for column in zip(*values)
        ]
        return np.array([np.float32(float(s) / total * 2.0**-bits) for s in sums], np.float32)
    sums = np.zeros(len(values[0]), np.int64)
    for delta, weight in zip(values, weights):
        sums += np.rint(delta.astype(np.float64) * weight * 2.0**bits).astype(np.int64)
    return (sums.astype(np.float64) / total * 2.0**-bits).astype(np.float32)


def step(tensor, plan, base, mean, velocity):
    """The next version of one tensor, and its velocity; all in float64, rounded once to float32."""
    name = plan["strategy"]["name"]
    options = {**DEFAULTS[name], **plan["strategy"]["options"]}
    change = mean.astype(np.float64)
    if tensor["role"] == "trained" and name == "fedavgm":
        velocity = options["momentum"] * velocity + change
        change = velocity
    rate = options["learningRate"] if tensor["role"] == "trained" else 1.0
    return (base.astype(np.float64) + rate * change).astype(np.float32), velocity


def verify(root, model, number):
    rounds = root / "rounds" / model / str(number)
    plan = json.loads((root / "models" / model / "plan.json").read_text())["plan"]
    settings = json.loads((rounds / "round.json").read_text())
    result = json.loads((rounds / "result.json").read_text())
    members = members_of(root, model, number, result)
    weights = [member["weight"] for _, member in members]

    lines = "".join(f"{m['device']} {m['etag']} {m['weight']}\n" for _, m in members)
    assert hashlib.sha256(lines.encode()).hexdigest() == result["conservation"]["membersDigest"]
    assert sum(weights) == result["conservation"]["totalWeight"]

    updates = []
    for group, member in members:
        path = root / "updates" / str(group) / model / str(number) / member["device"]
        assert hashlib.sha256(path.read_bytes()).hexdigest() == member["sha256"], path
        updates.append(tensors_in(path, "<f4"))

    version = settings["base"]["version"]
    files = [root / "models" / model / "versions" / str(version) / f["name"] for f in settings["base"]["files"]]
    base = {name: values for file in files for name, values in tensors_in(file, "<f4").items()}
    state = root / "models" / model / "state" / str(version) / "state.safetensors"
    velocity = tensors_in(state, "<f8")["velocity"] if state.exists() else None

    published, offset = {}, 0
    for tensor in plan["tensors"]:
        name = tensor["name"]
        if tensor["role"] == "frozen":
            published[name] = base[name]
            continue
        count = len(base[name])
        own = np.zeros(count) if velocity is None else velocity[offset : offset + count]
        mean = mean_of(tensor, plan, settings, [update[name] for update in updates], weights)
        published[name], _ = step(tensor, plan, base[name], mean, own)
        offset += count

    content = encode_version(plan, result["version"], published)
    found = hashlib.sha256(content).hexdigest()
    expected = result["files"][0]["sha256"]
    print(f"version {result['version']} of {model}: {len(members)} updates, SHA-256 {found}")
    if found != expected:
        sys.exit(f"expected SHA-256 {expected}: the version is not what its updates make")
    print("verified: the published file is these bytes")


if __name__ == "__main__":
    verify(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
