"""Prints what pyarrow, pandas, Polars and NumPy find in the files of a folder, as JSON by file and reader."""

import json
import pathlib
import sys

folder = pathlib.Path(sys.argv[1])
found = {}


def library(name):
    try:
        return __import__(name)
    except ImportError:
        return None


def plain(value):
    if hasattr(value, "tolist"):
        value = value.tolist()
    return [plain(item) for item in value] if isinstance(value, (list, tuple)) else value


def rows(columns):
    names = [name for name in columns if name in ("row", "embedding", "label", "score", "labels", "scores")]
    return [dict(zip(names, map(plain, values))) for values in zip(*(list(columns[name]) for name in names))]


pyarrow, pandas, polars, numpy = map(library, ("pyarrow", "pandas", "polars", "numpy"))
for path in sorted(folder.iterdir()):
    base, suffix = path.name, path.suffix
    readers = {}
    if pyarrow:
        import pyarrow.feather
        import pyarrow.parquet

        if suffix == ".parquet":
            readers["pyarrow"] = lambda: pyarrow.parquet.read_table(path).to_pydict()
        if suffix == ".arrow":
            readers["pyarrow"] = lambda: pyarrow.feather.read_table(path).to_pydict()
        if suffix == ".arrows":
            readers["pyarrow"] = lambda: pyarrow.ipc.open_stream(path.read_bytes()).read_all().to_pydict()
    if pandas and pyarrow:
        if suffix == ".parquet":
            readers["pandas"] = lambda: pandas.read_parquet(path)
        if suffix == ".arrow":
            readers["pandas"] = lambda: pandas.read_feather(path)
    if pandas and suffix == ".csv":

        def read_csv():
            table = pandas.read_csv(path, keep_default_na=False)
            for name in ("embedding", "labels", "scores"):
                if name in table:
                    table[name] = table[name].map(json.loads)
            return table

        readers["pandas"] = read_csv
    if pandas and suffix == ".jsonl" and not base.endswith(".ids.jsonl"):
        readers["pandas"] = lambda: pandas.read_json(path, lines=True, dtype=False, convert_dates=False)
    if polars:
        if suffix == ".parquet":
            readers["polars"] = lambda: polars.read_parquet(path).to_dict(as_series=False)
        if suffix == ".arrow":
            readers["polars"] = lambda: polars.read_ipc(path, memory_map=False).to_dict(as_series=False)
    if numpy and suffix == ".npy":
        readers["numpy"] = lambda: {"embedding": numpy.load(path)}
    for name, read in readers.items():
        found[f"{base} {name}"] = rows(read())
json.dump(found, sys.stdout)
