"""A device in Python: takes part in one round, with requests, numpy and safetensors from PyPI.

    pip install requests numpy safetensors
    python device.py https://…coordinator-url…/ line --token-file token.txt --data readings.csv

It is written from the protocol's text (client/src/protocol/README.md) and fits any model of a linear
layer: tensors dense/kernel [n, 1] and dense/bias [1]; norm/mean [n], if the plan has it, is a moving
mean. For another model replace `train`. The CSV has n columns of features and one of targets.
"""

import argparse
import hashlib
import json
import sys
import time
from pathlib import Path

import numpy as np
import requests
from safetensors.numpy import load, save

ATTEMPTS = 8

# A coordinator reads no longer request.
REQUEST_BYTES_MAX = 65_536


def train(weights, plan, data):
    """Trains on this device's data; returns the new weights and what to tell of them."""
    features, targets = data[:, :-1], data[:, -1:]
    kernel, bias = weights["dense/kernel"].astype(np.float64), weights["dense/bias"].astype(np.float64)
    rate = plan["training"].get("learningRate", 0.1)
    for _ in range(int(plan["training"].get("epochs", 1))):
        error = features @ kernel + bias - targets
        kernel -= rate * 2 * features.T @ error / len(data)
        bias -= rate * 2 * error.mean(axis=0)
    trained = {"dense/kernel": kernel, "dense/bias": bias}
    if "norm/mean" in weights:
        trained["norm/mean"] = 0.9 * weights["norm/mean"] + 0.1 * features.mean(axis=0)
    loss = float(np.mean((features @ kernel + bias - targets) ** 2))
    return trained, len(data), {"loss": loss}


def encode(base, trained, plan, metadata):
    """The update: trained weights minus base weights, as float32, of all tensors that are not frozen.

    `save` has the order of names."""
    sent = [tensor for tensor in plan["tensors"] if tensor["role"] != "frozen"]
    # asarray: the difference of arrays of shape [] is a number, which `save` does not take.
    delta = {
        name: np.asarray(trained[name] - base[name].astype(np.float64), dtype="<f4")
        for name in (tensor["name"] for tensor in sent)
    }
    for tensor in sent:
        rules, name = plan["update"], tensor["name"]
        bound = rules["deltaBoundLog2"]
        if tensor["role"] == "statistic":
            bound = rules.get("statisticBoundLog2", bound)
        if not np.all(np.abs(delta[name]) < 2.0**bound):
            sys.exit(f"{name} changed by 2^{bound} or more, or is not finite: it would be rejected")
    return save(delta, metadata={key: str(value) for key, value in metadata.items()})


class Coordinator:
    """The device API. What can pass is tried again; a refusal ends the program with its sentence."""

    def __init__(self, url, token):
        self.url = url if url.endswith("/") else f"{url}/"
        self.session = requests.Session()
        self.session.headers["authorization"] = f"Bearer {token}"

    def ask(self, method, path, body=None):
        for attempt in range(ATTEMPTS):
            answer = self.session.request(method, f"{self.url}v1/{path}", json=body, timeout=60)
            if answer.ok:
                return answer.json()
            error = answer.json().get("error", {})
            if answer.status_code not in (408, 429) and answer.status_code < 500:
                break
            time.sleep(error.get("retryAfterSeconds", 2**attempt))
        sys.exit(f"{error.get('code')}: {error.get('message')}")


def download(files):
    """A version's weights by name; what arrives must be what was announced."""
    weights = {}
    for file in files:
        content = requests.get(file["url"], timeout=300).content
        if hashlib.sha256(content).hexdigest() != file["sha256"]:
            sys.exit(f"{file['name']} arrived with other bytes than announced")
        weights.update(load(content))
    return weights


def upload(coordinator, path, update, base_version):
    """Asks for a slot and puts the bytes there; 412 means that this device's key is taken."""
    header_bytes = int.from_bytes(update[:8], "little")
    request = {
        "schema": 1,
        "bytes": len(update),
        "sha256": hashlib.sha256(update).hexdigest(),
        "baseVersion": base_version,
        # Lets the coordinator judge dtypes, shapes and layout now instead of after the round.
        "header": update[8 : 8 + header_bytes].decode(),
    }
    if len(json.dumps(request)) > REQUEST_BYTES_MAX:
        del request["header"]
    slot = coordinator.ask("POST", f"{path}/slot", request)
    for attempt in range(ATTEMPTS):
        answer = requests.put(
            slot["url"], data=update, headers=slot["headers"], timeout=300, allow_redirects=False
        )
        if answer.status_code in (200, 412):
            return request["sha256"]
        if answer.status_code == 403 and "Request has expired" in answer.text:
            slot = coordinator.ask("POST", f"{path}/slot", request)
        elif answer.status_code != 409 and answer.status_code < 500:
            break
        time.sleep(2**attempt)
    sys.exit(f"storage answered {answer.status_code}: {answer.text[:300]}")


def participate(coordinator, model, data):
    while True:
        selected = coordinator.ask("POST", f"models/{model}/check-in", {"schema": 1})
        if selected["kind"] == "selected":
            break
        if selected.get("received"):
            return await_outcome(coordinator, f"models/{model}/rounds/{selected['round']}", "")
        print(f"{selected['kind']}, asking again in {selected['retryAfterSeconds']} s", file=sys.stderr)
        time.sleep(selected["retryAfterSeconds"])

    plan, base = selected["plan"], selected["base"]
    weights = download(base["files"])
    trained, examples, metrics = train(weights, plan, data)
    metadata = {
        "format": 1,
        "model": model,
        "base_version": base["version"],
        "device": selected["device"],
        "example_count": examples,
        "encoding": plan["update"]["encoding"],
        "metrics": json.dumps(metrics),
    }
    path = f"models/{model}/rounds/{selected['round']}"
    update = encode(weights, trained, plan, metadata)
    sha256 = upload(coordinator, path, update, base["version"])

    return await_outcome(coordinator, path, f"?sha256={sha256}")


def await_outcome(coordinator, path, query):
    while True:
        outcome = coordinator.ask("GET", f"{path}/outcome{query}")
        if "retryAfterSeconds" not in outcome:
            return outcome
        time.sleep(outcome["retryAfterSeconds"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("url", help="the coordinator's URL")
    parser.add_argument("model")
    parser.add_argument("--token-file", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True, help="CSV: features, then the target")
    options = parser.parse_args()

    data = np.loadtxt(options.data, delimiter=",", ndmin=2)
    coordinator = Coordinator(options.url, options.token_file.read_text().strip())
    outcome = participate(coordinator, options.model, data)
    print(json.dumps(outcome))
    return 0 if outcome["kind"] in ("accepted", "duplicate") else 5


if __name__ == "__main__":
    sys.exit(main())
