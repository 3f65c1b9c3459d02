//! The stage on which every page shows its samples: one brand, one language, and values
//! that are either ordinary or those of an attacker. Each page's samples are in its own
//! file; `rendering` renders and checks them all.

use crate::locale::Locale;
use crate::pages::{Page, Pages, Shell};
use crate::sessions::passkeys::Asked;

/// Whether the values are ordinary or hostile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sample {
    /// Values as a person or a client would send them.
    Plain,
    /// Values that would break out of the page if they were not escaped.
    Hostile,
}

const HOSTILE: &str = "\"'><script>alert(1)</script>";

/// Called with the name of a page and its HTML.
pub(super) type Seen<'a> = dyn Fn(&str, &str) + 'a;

/// Where a page shows its samples.
pub(super) struct Stage<'a> {
    pub(super) pages: &'a Pages,
    pub(super) sample: Sample,
    pub(super) brand: &'static str,
    pub(super) locale: Locale,
    pub(super) seen: &'a Seen<'a>,
}

impl Stage<'_> {
    /// Returns the text, or in a hostile sample what an attacker would write in its place.
    pub(super) fn of(&self, text: &str) -> String {
        match self.sample {
            Sample::Plain => text.to_owned(),
            Sample::Hostile => HOSTILE.to_owned(),
        }
    }

    /// Returns the shell of a page of an interaction.
    pub(super) fn shell(&self) -> Shell {
        let request = self.of("xyz");
        Shell::new(self.brand, &self.of("TOYOTA/LEXUSの共通ID"), self.locale)
            .at(format!("/interaction/abc/page?request={request}"))
            .form_token(self.of("token"))
            .cancel_at(format!("/interaction/abc/cancel?request={request}"))
            .service(self.of("整備手帳"))
    }

    /// Returns a page's request for a passkey.
    pub(super) fn asked(&self) -> Asked {
        Asked {
            challenge: self.of("Y2hhbGxlbmdl"),
            options: match self.sample {
                Sample::Plain => r#"{"challenge":"Y2hhbGxlbmdl","rpId":"id.toyota.jp"}"#.to_owned(),
                Sample::Hostile => HOSTILE.to_owned(),
            },
        }
    }

    /// Renders the page in this shell, under a name that contains the brand and the
    /// language.
    pub(super) fn show<P: Page>(&self, name: &str, shell: Shell, page: &P) {
        let name = format!("{name}.{}.{}", self.brand, self.locale.tag());
        let html = self.pages.render(&shell, page).unwrap();
        (self.seen)(&name, &html);
    }
}
