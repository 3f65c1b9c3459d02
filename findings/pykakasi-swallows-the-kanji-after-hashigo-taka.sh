#!/usr/bin/env bash
# pykakasi 2.3.0 (PyPI), the usual way from kanji to a reading in Python: a kanji outside its dictionary takes its neighbour with
# it. 髙 (U+9AD9) makes the 橋 of 髙橋 vanish, and 﨑 (U+FA11) says the 山 of 山﨑 twice. Nothing is raised, and the `orig` parts put
# together are no longer the text that was given. Both letters are in Windows-31J and common in family names.
# OpenID Connect Core §5.2 has the reading in a claim of its own (`family_name#ja-Kana-JP`).
# What a user would meet: a service that derives the furigana from `family_name` greets a Takahashi with nothing and a Yamazaki as
# "yama yama". Mend: ask the provider for the reading instead of deriving it; or replace 髙 and 﨑 by 高 and 崎 before the call, and
# compare the joined `orig` with what was given.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pykakasi==2.3.0 jaconv==0.5.0 Deprecated==1.3.1 wrapt==2.5.2
venv/bin/python - <<'PY'
import importlib.metadata
import sys

import pykakasi

print("pykakasi", importlib.metadata.version("pykakasi"))
kakasi = pykakasi.kakasi()
as_described = True
for name, seen_before in [
    ("高橋", ("高橋", "たかはし")),
    ("髙橋", ("髙", "")),
    ("山崎", ("山崎", "やまざき")),
    ("山﨑", ("山山", "やまやま")),
]:
    parts = kakasi.convert(name)
    seen = "".join(part["orig"] for part in parts), "".join(part["hira"] for part in parts)
    print(f"{name}: orig {seen[0]!r}, reading {seen[1]!r}")
    as_described = as_described and seen == seen_before
sys.exit(0 if as_described else 1)
PY
