#!/usr/bin/env bash
# wanakana 5.3.1 (npm), the usual kana library for input fields: `toHiragana` writes the long vowel mark out, and takes every long o
# for おう. オーノ becomes おうの, which read back by `toKatakana` is オウノ: the furigana of somebody called オーノ (or サトー, ジョー) is not
# what was typed any more, though only the script was to change. Hiragana has the mark, too (おーの), so nothing forces a choice.
# What a user would meet: a form that accepts the reading in either script and keeps one of them changes the name, and the
# `family_name#ja-Kana-JP` (OpenID Connect Core §5.2) of a provider no longer equals what the service has.
# Mend: `toHiragana(text, { convertLongVowelMark: false })`, which is there and is not the default.
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts wanakana@5.3.1
cat > look.js <<'JS'
const wanakana = require('wanakana');
console.log('wanakana', require('wanakana/package.json').version);

const there = (kana, options) => wanakana.toHiragana(kana, options);
const backAgain = (kana, options) => wanakana.toKatakana(there(kana, options));
const seen = ['オーノ', 'サトー', 'ジョー', 'ユーキ'].map((kana) => {
  const kept = backAgain(kana, { convertLongVowelMark: false });
  console.log(`${kana} -> ${there(kana)} -> ${backAgain(kana)}; with the mark kept -> ${kept}`);
  return [backAgain(kana), kept];
});
const before = [['オウノ', 'オーノ'], ['サトウ', 'サトー'], ['ジョウ', 'ジョー'], ['ユウキ', 'ユーキ']];
process.exit(JSON.stringify(seen) === JSON.stringify(before) ? 0 : 1);
JS
node look.js
