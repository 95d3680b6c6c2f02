"""Made-up readings of machines: generate.py SEED MACHINES FILE."""
import datetime
import pathlib
import random
import sys

seed, machines, path = int(sys.argv[1]), int(sys.argv[2]), pathlib.Path(sys.argv[3])
chance = random.Random(seed)
path.parent.mkdir(parents=True, exist_ok=True)
start = datetime.datetime(2025, 1, 1, tzinfo=datetime.timezone.utc)
with path.open("w") as out:
    print("id,at,machine,site,hours,vibration,temperature,failed", file=out)
    for number in range(machines):
        site = chance.choice(["north", "south", "coast"])
        worn = chance.random()
        for day in range(20):
            hours = chance.uniform(0, 900)
            vibration = chance.gammavariate(2, 0.6) + worn * 1.5
            temperature = 55 + 9 * vibration + chance.gauss(0, 6)
            risk = 0.02 + 0.5 * (vibration > 2.2) * (hours > 400) + 0.15 * (site == "coast")
            cells = [seed * 1_000_000 + number * 100 + day, (start + datetime.timedelta(days=day)).isoformat(),
                     f"m{seed}-{number}", site, f"{hours:.1f}", f"{vibration:.3f}",
                     f"{temperature:.1f}" if chance.random() > 0.05 else "", str(chance.random() < risk).lower()]
            print(*cells, sep=",", file=out)
