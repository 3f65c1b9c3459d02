#!/usr/bin/env bash
# @zxcvbn-ts/language-ja 3.0.2 (npm) with @zxcvbn-ts/core 3.0.4: zxcvbn takes a word's place in a list for its frequency and estimates
# the guesses from it. The first names of the Japanese package stand in the order of the kana (あいと, あお, あおい …), not of frequency.
# So a name is "guessed" after two tries or after two thousand by its first letter, and the rare 藍斗 counts as weaker than 裕子 or 陽子.
# Its list from Wikipedia is in the order of frequency, but of the markup: https, url, doc and org are among the first thirty words.
# What a user would meet: a strength meter that wants a longer password of ゆうこ than of あおい, and a policy by `guesses` that
# lets the names late in the syllabary through. Mend: take the package for membership only, or give it lists with a frequency of one's own
# (`zxcvbnOptions.setOptions({ dictionary })`).
set -euo pipefail
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @zxcvbn-ts/core@3.0.4 @zxcvbn-ts/language-ja@3.0.2
cat > look.js <<'JS'
const { zxcvbn, zxcvbnOptions } = require('@zxcvbn-ts/core');
const japanese = require('@zxcvbn-ts/language-ja');
console.log('@zxcvbn-ts/language-ja', require('@zxcvbn-ts/language-ja/package.json').version);

const { firstnames, wikipedia } = japanese.dictionary;
zxcvbnOptions.setOptions({ dictionary: { firstnames } });
const guesses = ['aito', 'aoi', 'yuuko', 'youko'].map((name) => {
  const { guesses } = zxcvbn(name);
  console.log(`${name}: ${guesses} guesses, at place ${firstnames.indexOf(name) + 1} of ${firstnames.length}`);
  return guesses;
});
const markup = wikipedia.slice(0, 30).filter((word) => ['doc', 'https', 'org', 'url', 'wikipedia'].includes(word));
console.log('among the thirty most frequent words:', markup.join(', '));

const rareFirst = guesses[0] < 10 && guesses[1] < 10 && guesses[2] > 1000 && guesses[3] > 1000;
process.exit(rareFirst && markup.length >= 4 ? 0 : 1);
JS
node look.js
