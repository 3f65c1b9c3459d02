//! Reads Rust source as text, just enough to find its paths and string literals. It leaves
//! out comments, and the unit tests at a file's end.

use std::fs;
use std::path::{Path, PathBuf};

/// A token of the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    /// An identifier or keyword.
    Word(String),
    /// The content of a string literal.
    Text(String),
    /// `::`
    Colons,
    /// Any other character that is not space.
    Mark(char),
}

/// Returns the repository's root.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below `directory` whose name ends in `.extension`, sorted.
pub(crate) fn files(directory: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![directory.to_owned()];
    while let Some(folder) = open.pop() {
        let entries =
            fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The tokens of the file at `path`.
pub(crate) fn tokens_of(path: &Path) -> Vec<Token> {
    tokens(&fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}

/// The tokens of `source`, without comments and without its unit tests.
pub(crate) fn tokens(source: &str) -> Vec<Token> {
    let code = source
        .split_once("#[cfg(test)]\nmod tests")
        .map_or(source, |(before, _)| before);
    let characters: Vec<char> = code.chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < characters.len() {
        let rest = &characters[at..];
        let (token, length) = next(rest);
        found.extend(token);
        at += length;
    }
    found
}

fn next(rest: &[char]) -> (Option<Token>, usize) {
    match rest {
        ['/', '/', ..] => (None, until(rest, '\n')),
        ['/', '*', ..] => (None, comment_length(rest)),
        [':', ':', ..] => (Some(Token::Colons), 2),
        ['r', '#', '"', ..] | ['r', '"', ..] => raw_text(rest),
        ['"', ..] => text(rest),
        // A character literal; anything else is a lifetime or label.
        ['\'', '\\', ..] => (None, 3 + until(rest.get(3..).unwrap_or_default(), '\'')),
        ['\'', _, '\'', ..] => (None, 3),
        [first, ..] if first.is_alphanumeric() || *first == '_' => {
            let word: String = rest
                .iter()
                .take_while(|c| c.is_alphanumeric() || **c == '_')
                .collect();
            let length = word.chars().count();
            (Some(Token::Word(word)), length)
        }
        [space, ..] if space.is_whitespace() => (None, 1),
        [mark, ..] => (Some(Token::Mark(*mark)), 1),
        [] => (None, 1),
    }
}

fn until(rest: &[char], end: char) -> usize {
    rest.iter()
        .position(|c| *c == end)
        .map_or(rest.len(), |at| at + 1)
}

fn comment_length(rest: &[char]) -> usize {
    rest.windows(2)
        .skip(2)
        .position(|pair| pair == ['*', '/'])
        .map_or(rest.len(), |at| at + 4)
}

fn text(rest: &[char]) -> (Option<Token>, usize) {
    let mut content = String::new();
    let mut at = 1;
    while at < rest.len() && rest[at] != '"' {
        if rest[at] == '\\' {
            at += 1;
        }
        content.extend(rest.get(at));
        at += 1;
    }
    (Some(Token::Text(content)), at + 1)
}

fn raw_text(rest: &[char]) -> (Option<Token>, usize) {
    let hashes = rest[1..].iter().take_while(|c| **c == '#').count();
    let start = 2 + hashes;
    let mut end: Vec<char> = vec!['"'];
    end.extend(std::iter::repeat_n('#', hashes));
    let length = rest[start..]
        .windows(end.len())
        .position(|window| window == end)
        .unwrap_or(rest.len() - start);
    let content = rest[start..start + length].iter().collect();
    (Some(Token::Text(content)), start + length + end.len())
}

/// Returns every path of two or more segments, with `use` trees expanded:
/// `use crate::{a, b::c};` gives `crate::a` and `crate::b::c`.
pub(crate) fn paths(tokens: &[Token]) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if matches!(tokens[at], Token::Word(_)) {
            at = path(tokens, at, &mut Vec::new(), &mut found);
        } else {
            at += 1;
        }
    }
    found.retain(|path| path.len() > 1);
    found
}

/// Reads the path that begins at `at`, below `prefix`; returns where to read on.
fn path(
    tokens: &[Token],
    mut at: usize,
    prefix: &mut Vec<String>,
    found: &mut Vec<Vec<String>>,
) -> usize {
    let depth = prefix.len();
    loop {
        match tokens.get(at) {
            Some(Token::Word(word)) => prefix.push(word.clone()),
            Some(Token::Mark('{')) => {
                at = group(tokens, at + 1, prefix, found);
                break;
            }
            _ => {
                found.push(prefix.clone());
                break;
            }
        }
        at += 1;
        if tokens.get(at) != Some(&Token::Colons) {
            found.push(prefix.clone());
            break;
        }
        at += 1;
    }
    prefix.truncate(depth);
    at
}

/// Reads the members of a `{…}` of a `use` tree.
fn group(
    tokens: &[Token],
    mut at: usize,
    prefix: &mut Vec<String>,
    found: &mut Vec<Vec<String>>,
) -> usize {
    while let Some(token) = tokens.get(at) {
        match token {
            Token::Mark('}') => return at + 1,
            Token::Word(word) if word == "as" => at += 2,
            Token::Word(_) => at = path(tokens, at, prefix, found),
            _ => at += 1,
        }
    }
    at
}

#[test]
fn the_reader_of_source_takes_use_trees_apart() {
    let source = r#"
        // use crate::commented::out;
        use crate::{store::Store, http::{self as web, csrf}};
        use super::error::Error as E;
        const TEXT: &str = "crate::quoted";
        fn f<'a>(c: char) { crate::keys::sign('x', '\'') }
        #[cfg(test)]
mod tests { use crate::only::tests; }
    "#
    .replace("        #[cfg", "#[cfg");
    let joined: Vec<String> = paths(&tokens(&source))
        .iter()
        .map(|path| path.join("::"))
        .collect();
    assert_eq!(
        joined,
        [
            "crate::store::Store",
            "crate::http::self",
            "crate::http::csrf",
            "super::error::Error",
            "crate::keys::sign",
        ]
    );
}
