"""commit-risk.py PROFILE.json COMMITS.csv FEATURES.json…: are window features what a reckoning row by row says, of what
was known at the time only? Then: the areas under the curve of two models (`opsc model show --json`)."""
import csv
import datetime
import json
import sys


def time(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def fixed_so_far(rows, row, by):
    """Of the last 90 days, known at the time of `row` to have been fixed."""
    day = datetime.timedelta(days=90)
    return sum(o["fixed_at"] != "" and o[by] == row[by] and row["at"] - day < o["at"] <= row["at"] and o["known"] <= row["at"]
               for o in rows)


def main():
    profile, table, context, alone = sys.argv[1:5]
    rows = list(csv.DictReader(open(table)))
    for row in rows:
        row["at"], row["known"] = time(row["at"]), time(row["known"])
    columns = {column["name"]: column for column in json.load(open(profile))["columns"]}
    for column, by in (("author_fixed", "author"), ("directory_fixed", "directory")):
        values = [fixed_so_far(rows, row, by) for row in rows]
        seen = columns[column]
        same = abs(seen["mean"] - sum(values) / len(values)) < 1e-9 and seen["max"] == max(values)
        print(f"ORACLE {column} {same} of up to {max(values)}")
    auc = [json.load(open(path))["card"]["metrics"]["auc"]["value"] for path in (context, alone)]
    print(f"AUC context {auc[0]:.3f}, alone {auc[1]:.3f}")


main()
