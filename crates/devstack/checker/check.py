"""Accounts for every delivery of a run: the senders' ledger on one side, what the database has on the other.

    check.py FOLDER PAYLOADS

FOLDER holds ledger.jsonl and the tables as CSV; PAYLOADS is the file of published payloads. Prints {"counts": ..., "faults": ...};
all faults have to be 0."""

import csv
import json
import sys
from collections import Counter
from pathlib import Path

import mapper

UNADDRESSED = "00000000-0000-0000-0000-000000000000"
TERMINAL = {"done", "ignored", "unclaimed", "dead"}


def table(folder, name):
    csv.field_size_limit(1 << 24)
    with open(folder / f"{name}.csv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def read_ledger(folder):
    """What was made, by number, and the numbers of what was acknowledged at least once."""
    made, acknowledged, ids = {}, set(), {}
    with open(folder / "ledger.jsonl", encoding="utf-8") as file:
        for line in map(json.loads, file):
            if "made" in line:
                made[line["made"]] = line
            else:
                ids.setdefault(line["sent"], set()).add(line["id"])
                if 200 <= line["status"] < 300:
                    acknowledged.add(line["sent"])
    return made, acknowledged, ids


def known_as(made):
    """A delivery is its bytes at an address."""
    return made["provider"], made["tenant"] or UNADDRESSED, made["sha256"]


def examples(payloads):
    groups = json.loads(Path(payloads).read_text(encoding="utf-8"))
    return [(group["name"], example) for group in groups for example in group["examples"]]


class Expected:
    """What has to come of what was made."""

    def __init__(self, published, connections):
        self.published = [None] * len(published)
        self.examples = published
        self.members = {}
        for one in connections:
            self.members.setdefault((one["provider"], one["org_id"]), set()).add(one["tenant_id"])

    def signals(self, made):
        if made["example"] is None:
            return mapper.signals(made["provider"], made["event"], json.loads(made["body"]))
        at = made["example"]
        if self.published[at] is None:
            event, body = self.examples[at]
            self.published[at] = mapper.signals(made["provider"], event, body)
        return self.published[at]

    def tenants(self, made):
        if made["tenant"]:
            return {made["tenant"]}
        return self.members.get((made["provider"], mapper.organisation(made["provider"], json.loads(made["body"]))), set())


def more_than_once(keys):
    return sum(count - 1 for count in Counter(keys).values() if count > 1)


def check(folder, published):
    made, acknowledged, ids = read_ledger(folder)
    deliveries, queue = table(folder, "deliveries"), table(folder, "queue")
    signals, feeds = table(folder, "signals"), table(folder, "feeds")
    expected = Expected(published, table(folder, "connections"))

    by_key = {known_as(one): one for one in made.values()}
    stored = {(row["provider"], row["tenant_id"], row["body"]): row for row in deliveries}
    queued = {(row["tenant_id"], row["delivery_id"]): row["state"] for row in queue}
    known = [key for key in stored if key in by_key]

    wanted = set()
    for key in known:
        one, row = by_key[key], stored[key]
        for tenant in expected.tenants(one):
            wanted.update((tenant, row["id"], *signal) for signal in expected.signals(one))
    told = [
        (row["tenant_id"], row["delivery_id"], row["kind"], row["subject"], int(row["occurred_at"]))
        for row in signals if row["delivery_id"]
    ]
    last = {row["tenant_id"]: int(row["last"]) for row in feeds}
    queued_otherwise = sum(
        (row["state"] == "dead") != (queued.get((row["tenant_id"], row["id"])) == "dead") for row in deliveries
    )
    existing = {(row["tenant_id"], row["id"]) for row in deliveries}
    states = Counter(row["state"] for row in deliveries)
    counts = {
        "deliveries made": len(made),
        "deliveries acknowledged": len(acknowledged),
        "deliveries stored": len(deliveries),
        **{f"deliveries {state}": states[state] for state in sorted(TERMINAL)},
        "signals expected": len(wanted),
        "signals stored": len(told),
    }
    faults = {
        "acknowledged and not stored": sum(known_as(made[number]) not in stored for number in acknowledged),
        "stored and never sent": len(stored) - len(known),
        "stored twice, by body": more_than_once((row["provider"], row["tenant_id"], row["body"]) for row in deliveries),
        "stored twice, by id": more_than_once((row["provider"], row["tenant_id"], row["delivery_id"]) for row in deliveries),
        "stored under an id that was never sent": sum(
            stored[key]["delivery_id"] not in ids.get(by_key[key]["made"], ()) for key in known
        ),
        "stored as another event": sum(stored[key]["event"] != by_key[key]["event"] for key in known),
        "in no terminal state": sum(row["state"] not in TERMINAL for row in deliveries),
        "still in the queue": sum(state != "dead" for state in queued.values()),
        "dead in one table only": queued_otherwise,
        "queued without a delivery": sum(key not in existing for key in queued),
        "signals missing": len(wanted - set(told)),
        "signals nobody expected": len(set(told) - wanted),
        "signals told twice": more_than_once(told),
        "positions taken twice": more_than_once((row["tenant_id"], row["position"]) for row in signals),
        "positions beyond the feed's end": sum(int(row["position"]) > last.get(row["tenant_id"], 0) for row in signals),
    }
    return {"counts": counts, "faults": faults}


if __name__ == "__main__":
    print(json.dumps(check(Path(sys.argv[1]), examples(sys.argv[2]))))
