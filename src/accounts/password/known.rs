//! Passwords that an attacker tries first: those found in published breaches, and those
//! made of one or two well-known words with a number. The words are Japanese names and
//! words in Latin letters, and the names of our services and cars. `refresh.py` makes the
//! lists; English words are left to zxcvbn.

use super::letters_and_digits;
use crate::accounts::sorted_text::lines_from;

/// Passwords of published breaches, in lower case, sorted.
const BREACHED: &str = include_str!("breached.txt");

/// Japanese names and words in Latin letters, sorted.
const WORDS: &str = include_str!("words.txt");

/// The names of our brands, services and cars, without what is not a letter.
pub(super) const OURS: &[&str] = &[
    "alphard",
    "aqua",
    "camry",
    "celica",
    "century",
    "chr",
    "commonid",
    "corolla",
    "crown",
    "daihatsu",
    "estima",
    "gazoo",
    "gryaris",
    "harrier",
    "hiace",
    "hilux",
    "kinto",
    "landcruiser",
    "lexus",
    "markx",
    "mirai",
    "myroute",
    "mytoyota",
    "noah",
    "passo",
    "prius",
    "probox",
    "raize",
    "rav",
    "roomy",
    "sienta",
    "soarer",
    "supra",
    "tconnect",
    "toyota",
    "toyotajp",
    "toyotashare",
    "tundra",
    "vellfire",
    "vitz",
    "voxy",
    "yaris",
];

/// The least length of a word; shorter ones would be found in every text.
const LEAST_WORD: usize = 3;

/// Digits that people append most.
const SEQUENCES: [&str; 2] = ["1234567890", "0987654321"];

/// Whether the password was found in a breach, or is one or two well-known words with a
/// number that is easily guessed.
pub(super) fn is_known(password: &str) -> bool {
    let lower = password.to_lowercase();
    let plain = letters_and_digits(password);
    contains(BREACHED, &lower) || contains(BREACHED, &plain) || is_words_and_number(&plain)
}

fn contains(text: &'static str, line: &str) -> bool {
    lines_from(text, line).next() == Some(line)
}

fn is_word(text: &str) -> bool {
    text.len() >= LEAST_WORD && (OURS.contains(&text) || contains(WORDS, text))
}

/// `plain` has only letters and digits, in lower case.
fn is_words_and_number(plain: &str) -> bool {
    let letters = plain.trim_matches(|c: char| c.is_ascii_digit());
    let Some((before, after)) = plain.split_once(letters).filter(|_| !letters.is_empty()) else {
        return false;
    };
    let number = format!("{before}{after}");
    let letters = with_letters_for_digits(letters);
    if is_word(&letters) {
        return number.len() <= 4 || is_date(&number) || is_simple(&number);
    }
    let ends = LEAST_WORD..letters.len();
    let mut halves = ends.filter_map(|end| letters.split_at_checked(end));
    halves.any(|(first, second)| is_word(first) && is_word(second))
        && (number.len() <= 2 || is_year(&number) || is_simple(&number))
}

/// Replaces the digits that are often written for a letter.
fn with_letters_for_digits(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '0' => 'o',
            '1' => 'i',
            '3' => 'e',
            '4' => 'a',
            '5' => 's',
            '7' => 't',
            other => other,
        })
        .collect()
}

fn is_year(number: &str) -> bool {
    number.len() == 4 && (number.starts_with("19") || number.starts_with("20"))
}

/// Whether the digits can be a date: six or eight digits that begin or end with a year,
/// beside a month and a day.
fn is_date(number: &str) -> bool {
    let day = |digits: &str| {
        digits.split_at_checked(2).is_some_and(|(first, second)| {
            let within = |text: &str, most: u8| {
                text.parse()
                    .is_ok_and(|number: u8| (1..=most).contains(&number))
            };
            (within(first, 12) && within(second, 31)) || (within(first, 31) && within(second, 12))
        })
    };
    match number.len() {
        6 => number
            .split_at_checked(2)
            .is_some_and(|(_, rest)| day(rest)),
        8 => {
            number
                .split_at_checked(4)
                .is_some_and(|(year, rest)| is_year(year) && day(rest))
                || number
                    .split_at_checked(4)
                    .is_some_and(|(rest, year)| is_year(year) && day(rest))
        }
        _ => false,
    }
}

/// Whether the digits are one digit repeated, or count up or down.
fn is_simple(number: &str) -> bool {
    let first = number.chars().next();
    number.chars().all(|digit| Some(digit) == first)
        || SEQUENCES.iter().any(|sequence| sequence.contains(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_sorted_so_that_every_line_is_found() {
        for list in [BREACHED, WORDS] {
            assert!(list.lines().is_sorted());
            assert!(list.lines().all(|line| contains(list, line)));
            assert!(!contains(list, "") && !contains(list, "zzzzzzzzzzzz"));
        }
    }

    #[test]
    fn breached_passwords_are_known_however_they_are_written() {
        for password in [
            "1qaz2wsx",
            "Football1",
            "trustno1!",
            "PASSWORD-123",
            "ｐａｓｓｗｏｒｄ１",
        ] {
            assert!(is_known(password), "{password}");
        }
    }

    #[test]
    fn a_word_or_two_with_an_easy_number_is_known() {
        for password in [
            "toyota-2025",
            "prius2015",
            "sakurahana2024",
            "2024sakura",
            "Sakura_Hana!123",
            "Tanaka0807",
            "yamada19850401",
            "hanako850401",
            "T0y0ta2025",
            "lexus#1234",
            "harrier99999",
            "hanako_tanaka1",
            "takahashi123456",
            "my-route-2026",
            "landcruiser1",
        ] {
            assert!(is_known(password), "{password}");
        }
    }

    #[test]
    fn other_passwords_are_not_known() {
        for password in [
            "Sunny-day7",
            "kZ7wQp2x",
            "8bridge-pond-Lamp",
            "sakura58213974",
            "hana7tanaka3yuki",
            "sakurahana5821",
            "いろはにほへとちりぬるを",
            "correct horse battery staple",
            "58213974",
        ] {
            assert!(!is_known(password), "{password}");
        }
    }
}
