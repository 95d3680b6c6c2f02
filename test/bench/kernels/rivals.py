"""The same features in numpy, polars, DuckDB and pandas, on one thread.

usage: rivals.py TOOL TASK ROWS RUNS: prints the CPU seconds of each run."""
import os
import sys
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "POLARS_MAX_THREADS", "RAYON_NUM_THREADS"):
    os.environ[name] = "1"
os.environ.pop("OPENBLAS_CORETYPE", None)  # where it is set, numpy is not what it could be

import numpy as np

BEGIN = 1_700_000_000_000_000_000


def columns(rows, seed=1):
    random = np.random.default_rng(seed)
    return {"at": BEGIN + np.arange(rows, dtype=np.int64) * 10_000_000_000,
            "customer": random.integers(0, 1000, rows),
            "amount": random.random(rows) * 2000,
            "score": random.random(rows) * 25}


def numpy_rows(rows):
    c = columns(rows)

    def run():
        log_amount = np.log1p(c["amount"])
        z = np.clip((c["score"] - 12.5) / 3.25, -3.0, 3.0)
        hour = c["at"] // 3_600_000_000_000 % 24
        bucket = np.digitize(c["amount"], [10, 100, 1000])
        flag = (c["amount"] > 500) & (c["score"] < 12.5)
        return log_amount, z, hour, bucket, flag
    return run


def polars_frame(rows, seed=1):
    import polars as pl
    return pl.DataFrame(columns(rows, seed)).with_columns(pl.col("at").cast(pl.Datetime("ns")))


def polars_rows(rows):
    import polars as pl
    frame = polars_frame(rows)
    amount, score = pl.col("amount"), pl.col("score")
    return lambda: frame.select(
        log_amount=amount.log1p(),
        z=((score - 12.5) / 3.25).clip(-3.0, 3.0),
        hour=pl.col("at").dt.hour(),
        bucket=pl.when(amount < 10).then(0).when(amount < 100).then(1).when(amount < 1000).then(2).otherwise(3),
        flag=(amount > 500) & (score < 12.5))


def polars_trailing(rows):
    import polars as pl
    frame = polars_frame(rows).sort("customer", "at")
    return lambda: frame.rolling(index_column="at", period="1d", group_by="customer").agg(pl.col("amount").mean())


def polars_joined(rows):
    events, prices = polars_frame(rows), polars_frame(1_000_000, 2).rename({"amount": "price"})
    prices = prices.select("at", "customer", "price")
    return lambda: events.join_asof(prices, on="at", by="customer")


def duckdb_table(connection, name, rows, seed=1):
    c = columns(rows, seed)
    connection.register("given", {k: v for k, v in c.items()})
    connection.execute(f'create table {name} as select make_timestamp_ns("at") as "at", customer, amount, score from given')


def duckdb_connection(rows):
    import duckdb
    connection = duckdb.connect(config={"threads": 1})
    duckdb_table(connection, "events", rows)
    return connection


def duckdb_query(rows, query, prices=False):
    connection = duckdb_connection(rows)
    if prices:
        duckdb_table(connection, "prices", 1_000_000, 2)
    return lambda: connection.execute(f"create or replace temp table made as {query}")


def duckdb_rows(rows):
    return duckdb_query(rows, """select ln(1 + amount) as log_amount,
      greatest(least((score - 12.5) / 3.25, 3.0), -3.0) as z, hour("at") as hour,
      case when amount < 10 then 0 when amount < 100 then 1 when amount < 1000 then 2 else 3 end as bucket,
      amount > 500 and score < 12.5 as flag from events""")


def duckdb_trailing(rows):
    return duckdb_query(rows, """select avg(amount) over (partition by customer order by "at"
      range between interval 1 day preceding and current row) as mean from events""")


def duckdb_joined(rows):
    return duckdb_query(rows, """select e."at", p.amount from events e asof left join prices p
      on e.customer = p.customer and p."at" <= e."at" """, prices=True)


def pandas_frame(rows, seed=1):
    import pandas as pd
    frame = pd.DataFrame(columns(rows, seed))
    frame["at"] = pd.to_datetime(frame["at"])
    return frame


def pandas_rows(rows):
    import pandas as pd
    f = pandas_frame(rows)

    def run():
        return pd.DataFrame({
            "log_amount": np.log1p(f["amount"]), "z": ((f["score"] - 12.5) / 3.25).clip(-3.0, 3.0),
            "hour": f["at"].dt.hour, "bucket": np.digitize(f["amount"], [10, 100, 1000]),
            "flag": (f["amount"] > 500) & (f["score"] < 12.5)})
    return run


def pandas_trailing(rows):
    f = pandas_frame(rows).set_index("at")
    return lambda: f.groupby("customer")["amount"].rolling("1D").mean()


def pandas_joined(rows):
    import pandas as pd
    events, prices = pandas_frame(rows), pandas_frame(1_000_000, 2)[["at", "customer", "amount"]]
    return lambda: pd.merge_asof(events, prices, on="at", by="customer")


def main():
    tool, task, rows, runs = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    run = globals()[f"{tool}_{task}"](rows)
    for _ in range(runs):
        start = time.process_time()
        made = run()
        print(f"{time.process_time() - start:.6f}", flush=True)
        del made


main()
