//! What each error code means and how to fix its cause, for the developers of clients:
//! `docs/errors.md`, built in and split into one page per code. It is independent of the
//! brand.

use std::collections::BTreeMap;

use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, html};

use crate::fault::Fault;
use crate::oidc::ErrorCode;

/// The document; each section of the second level is about one code.
const TEXT: &str = include_str!("../docs/errors.md");

/// The whole document, as HTML.
#[derive(Clone, Debug)]
pub struct ErrorReference {
    /// The text before the first code.
    pub introduction: String,
    /// The explanation of each code.
    pub meanings: BTreeMap<ErrorCode, Meaning>,
}

/// The explanation of a code, as HTML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meaning {
    /// The first paragraph.
    pub summary: String,
    /// The whole explanation, with headings from the second level on.
    pub whole: String,
}

impl ErrorReference {
    /// Reads the built-in document.
    ///
    /// # Errors
    /// `Fault` if the title of a section is not an error code.
    pub fn load() -> Result<Self, Fault> {
        let mut sections = TEXT.split("\n## ");
        // The title of the document is the heading of the page.
        let introduction = sections.next().and_then(|text| text.split_once('\n'));
        let meanings = sections.map(meaning).collect::<Result<_, _>>()?;
        Ok(Self {
            introduction: to_html(introduction.map_or("", |(_, text)| text)),
            meanings,
        })
    }
}

fn meaning(section: &str) -> Result<(ErrorCode, Meaning), Fault> {
    let (name, text) = section.split_once('\n').unwrap_or((section, ""));
    let code = name
        .parse()
        .map_err(|_| Fault::because(format!("docs/errors.md: {name} is no error code of ours")))?;
    let summary = text.trim_start().split("\n\n").next().unwrap_or_default();
    let meaning = Meaning {
        summary: to_html(summary),
        whole: to_html(text),
    };
    Ok((code, meaning))
}

/// Converts Markdown to HTML, with headings one level higher and with anchors, and with
/// links to codes pointing to their pages here.
fn to_html(markdown: &str) -> String {
    let text: String = markdown.lines().map(line).collect();
    let events = Parser::new_ext(&text, Options::ENABLE_HEADING_ATTRIBUTES).map(led_here);
    let mut written = String::new();
    html::push_html(&mut written, events);
    written
}

fn line(line: &str) -> String {
    match line.strip_prefix("### ") {
        Some(title) => format!("## {title} {{#{}}}\n", anchor(title)),
        None => format!("{line}\n"),
    }
}

/// Returns the anchor of a heading, in the form that Markdown viewers use.
fn anchor(title: &str) -> String {
    title
        .to_lowercase()
        .replace(' ', "-")
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
        .collect()
}

fn led_here(event: Event<'_>) -> Event<'_> {
    match event {
        Event::Start(Tag::Link {
            link_type,
            dest_url,
            title,
            id,
        }) => Event::Start(Tag::Link {
            link_type,
            dest_url: page_of(&dest_url).unwrap_or(dest_url),
            title,
            id,
        }),
        other => other,
    }
}

fn page_of(link: &str) -> Option<CowStr<'static>> {
    let code: ErrorCode = link.strip_prefix('#')?.parse().ok()?;
    Some(code.uri("").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_its_page_and_every_page_its_code() {
        let reference = ErrorReference::load().unwrap();
        let described: Vec<ErrorCode> = reference.meanings.keys().copied().collect();
        assert_eq!(described, ErrorCode::ALL);
        // Each code has exactly one section: a second would replace the first.
        assert_eq!(TEXT.matches("\n## ").count(), ErrorCode::ALL.len());
        assert!(reference.introduction.starts_with("<p>"));
    }

    #[test]
    fn every_page_says_what_the_code_means_where_it_comes_and_how_to_mend_it() {
        for (code, meaning) in ErrorReference::load().unwrap().meanings {
            assert!(meaning.summary.starts_with("<p>"), "{code}");
            for part in ["where-it-comes", "what-to-do"] {
                let heading = format!("<h2 id=\"{part}\">");
                assert!(meaning.whole.contains(&heading), "{code}: {part}");
            }
        }
    }

    #[test]
    fn headings_have_anchors_and_links_lead_to_our_own_pages() {
        assert_eq!(
            to_html("### `nonce` is missing\n\n[that](#invalid_grant), [else](#where)"),
            "<h2 id=\"nonce-is-missing\"><code>nonce</code> is missing</h2>\n\
             <p><a href=\"/errors/invalid_grant\">that</a>, <a href=\"#where\">else</a></p>\n"
        );
    }
}
