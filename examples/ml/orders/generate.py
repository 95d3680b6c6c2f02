#!/usr/bin/env python3
"""Orders of one month, made up, the same for the same seed: generate.py SEED MONTH ROWS FILE [--poisoned]

Customers differ in what they spend and how often they send things back. From month 7 on prices rise
and the app takes over from the web: the drift that a model has to learn anew. In a poisoned month somebody
has mixed up who sent what back.
"""
import csv
import datetime
import os
import random
import sys

CUSTOMERS = 400
START = datetime.datetime(2025, 1, 1, tzinfo=datetime.timezone.utc)


def customers(seed):
    r = random.Random(seed)
    return [(r.lognormvariate(3.4, 0.6), r.betavariate(1.2, 6), r.random() < 0.3) for _ in range(CUSTOMERS)]


def begin_of(month):
    return START + datetime.timedelta(days=30 * (month - 1))


def orders(seed, month, rows):
    people = customers(seed)
    r = random.Random(seed * 1000 + month)
    drift = max(0, month - 6)
    seconds = sorted(r.random() * 30 * 86400 for _ in range(rows))
    for i, second in enumerate(seconds):
        customer = min(int(r.expovariate(1 / 90)), CUSTOMERS - 1)
        spends, returns, pro = people[customer]
        at = begin_of(month) + datetime.timedelta(seconds=int(second))
        loaded = at + datetime.timedelta(minutes=r.choice([1, 2, 5, 60, 60 * 26]))
        amount = spends * r.lognormvariate(0, 0.5) * (1 + 0.12 * drift)
        app = r.random() < 0.35 + 0.1 * min(drift, 5)
        items = 1 + min(int(r.expovariate(0.6)), 12)
        chance = 0.3 * returns + (0.4 if amount > 60 else 0.02) + (0.25 if app and not pro else 0)
        yield {
            "id": month * 1_000_000 + i,
            "at": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "loaded": loaded.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "customer": customer,
            "plan": "pro" if pro else "free",
            "channel": "app" if app else "web",
            "items": items,
            "amount": f"{amount:.2f}",
            "coupon": f"{r.choice([5, 10, 20])}%" if r.random() < 0.15 else "",
            "returned": "true" if r.random() < chance else "false",
        }


def main():
    seed, month, rows, path = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    made = list(orders(seed, month, rows))
    if "--poisoned" in sys.argv[5:]:
        labels = [order["returned"] for order in made]
        random.Random(seed).shuffle(labels)
        made = [{**order, "returned": label} for order, label in zip(made, labels)]
    # Under another name first: whoever reads the directory sees whole files only.
    with open(path + ".part", "w", newline="") as file:
        writer = csv.DictWriter(file, made[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(made)
    os.rename(path + ".part", path)


main()
