"""Files of rows: a million of them, read with types and checks, against pandas, polars and DuckDB.

CPU time of one thread. Ours is the whole process, from the file to a chunk on disk; theirs is inside of
the process, without the import, to a table in memory.
"""
import json
import os
import pathlib
import random
import statistics
import subprocess
import sys

ROWS, QUICK_ROWS = 1_000_000, 50_000
VENV = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache"), "opsc/rivals/data")
PACKAGES = ["numpy==2.4.1", "pandas==3.1.1", "polars==2.1.0", "duckdb==2.0.0", "pyarrow==26.0.1"]

SCHEMA = {"fields": [
    {"name": "id", "type": "int", "roles": ["key"]},
    {"name": "at", "type": "time", "roles": ["event_time"]},
    {"name": "customer", "type": "int", "low": 0},
    {"name": "plan", "type": "string", "one_of": ["free", "pro"]},
    {"name": "amount", "type": "float", "low": 0.0},
    {"name": "coupon", "type": "float", "nullable": True},
]}

# What each does with FILE: types as ours, then the same checks; a failed one ends it.
READ = {
    "pandas": {
        "csv": "t=pd.read_csv(F,dtype={'id':'int64','customer':'int64','plan':'category','amount':'float64',"
               "'coupon':'float64'},parse_dates=['at'])",
        "parquet": "t=pd.read_parquet(F)",
        "check": "assert t['id'].is_unique and (t['customer']>=0).all() and (t['amount']>=0).all() and "
                 "t['plan'].isin(['free','pro']).all() and (t['at']<=pd.Timestamp.now(tz='UTC')).all()",
        "import": "import pandas as pd",
    },
    "polars": {
        "csv": "t=pl.read_csv(F,schema={'id':pl.Int64,'at':pl.Datetime('ns','UTC'),'customer':pl.Int64,"
               "'plan':pl.Categorical,'amount':pl.Float64,'coupon':pl.Float64},try_parse_dates=True)",
        "parquet": "t=pl.read_parquet(F)",
        "check": "assert t.select(pl.col('id').is_unique().all() & (pl.col('customer')>=0).all() & "
                 "(pl.col('amount')>=0).all() & pl.col('plan').cast(pl.String).is_in(['free','pro']).all()).item()",
        "import": "import polars as pl",
    },
    "DuckDB": {
        "csv": "c.execute(f\"create table t as select * from read_csv('{F}',columns={{'id':'BIGINT','at':'TIMESTAMPTZ',"
               "'customer':'BIGINT','plan':'VARCHAR','amount':'DOUBLE','coupon':'DOUBLE'}},header=true)\")",
        "parquet": "c.execute(f\"create table t as select * from '{F}'\")",
        "check": "assert c.execute(\"select count(distinct id)=count(*) and min(customer)>=0 and min(amount)>=0 and "
                 "bool_and(plan in ('free','pro')) and max(at)<=now() from t\").fetchone()[0]",
        "import": "import duckdb; c=duckdb.connect(); c.execute('set threads=1')",
    },
}


def make_files(scratch, rows):
    r = random.Random(1)
    path = pathlib.Path(scratch) / "rows.csv"
    with open(path, "w") as file:
        file.write("id,at,customer,plan,amount,coupon\n")
        for i in range(rows):
            second = i % 86400
            file.write(f"{i},2026-01-{1 + i * 28 // rows:02}T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}Z,"
                       f"{r.randrange(10000)},{'pro' if r.random() < 0.3 else 'free'},{r.random() * 500:.2f},"
                       f"{'' if r.random() < 0.8 else f'{r.random():.3f}'}\n")
    return path


def python():
    if not (VENV / "bin/python").exists():
        subprocess.run([sys.executable, "-m", "venv", VENV], check=True)
    probe = subprocess.run([VENV / "bin/python", "-c", "import pandas,polars,duckdb,pyarrow"], capture_output=True)
    if probe.returncode != 0:
        subprocess.run([VENV / "bin/pip", "install", "-q", *PACKAGES], check=True)
    return VENV / "bin/python"


def parquet_of(csv, interpreter):
    path = csv.with_suffix(".parquet")
    script = ("import pyarrow.csv as c,pyarrow.parquet as p;"
              f"p.write_table(c.read_csv('{csv}'),'{path}')")
    subprocess.run([interpreter, "-c", script], check=True)
    return path


def cpu_of(command, cwd):
    before = os.times()
    subprocess.run(command, cwd=cwd, check=True, stdout=subprocess.DEVNULL)
    after = os.times()
    return (after.children_user - before.children_user) + (after.children_system - before.children_system)


def ours(opsc, path, kind, scratch):
    spec = {"chunk": {"file": str(path), "format": kind, "rows": SCHEMA}}
    return cpu_of([opsc, "__snapshot", json.dumps(spec)], scratch)


def theirs(interpreter, name, path, kind):
    words = READ[name]
    script = (f"import time;{words['import']}\nF={str(path)!r}\nb=time.process_time()\n"
              f"{words[kind]}\n{words['check']}\nprint(time.process_time()-b)")
    env = dict(os.environ, POLARS_MAX_THREADS="1", OMP_NUM_THREADS="1", ARROW_NUM_THREADS="1")
    return float(subprocess.run([interpreter, "-c", script], check=True, capture_output=True, text=True, env=env).stdout)


def run(opsc, rivals, scratch, quick):
    rows = QUICK_ROWS if quick else ROWS
    repeats = 2 if quick else 5
    interpreter = python()
    csv = make_files(scratch, rows)
    files = {"csv": csv, "parquet": parquet_of(csv, interpreter)}
    lines = [f"## Files of {rows:,} rows, typed and checked (CPU ms, median of {repeats})", "",
             "| | opsc | pandas | polars | DuckDB |", "| --- | --- | --- | --- | --- |"]
    for kind, path in files.items():
        cells = [statistics.median(ours(opsc, path, kind, scratch) for _ in range(repeats))]
        for name in READ:
            cells.append(statistics.median(theirs(interpreter, name, path, kind) for _ in range(repeats)))
        size = path.stat().st_size / 2**20
        lines.append(f"| {kind}, {size:.0f} MiB | " + " | ".join(f"{cell * 1000:.0f}" for cell in cells) + " |")
    lines.append("")
    lines.append("Six columns: key, time, int with a bound, two words, float with a bound, float with nulls. Ours is the whole "
                 "process to a chunk on disk, keys checked for duplicates; theirs is without start and import, to a "
                 "table in memory, one thread.")
    return "\n".join(lines) + "\n"
