//! The domains that are refused as e-mail addresses of accounts: disposable mailboxes, if
//! the operator lists them. Without a list no domain is refused.

use std::collections::BTreeSet;

use super::email_address::EmailAddress;

/// A list of domains; each includes all its subdomains.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RefusedDomains(BTreeSet<String>);

impl RefusedDomains {
    /// Reads a list: one domain per line, in any case. Empty lines and lines that begin
    /// with `#` are ignored.
    ///
    /// # Errors
    /// The number of the first line that is not a domain.
    pub fn read(text: &str) -> Result<Self, usize> {
        let mut domains = BTreeSet::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim().trim_start_matches('\u{feff}');
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let address = EmailAddress::read(&format!("a@{line}")).map_err(|_| index + 1)?;
            domains.insert(address.domain().to_owned());
        }
        Ok(Self(domains))
    }

    /// Whether an address of this domain is refused. `domain` is in lower case.
    #[must_use]
    pub fn contain(&self, domain: &str) -> bool {
        let dots = domain.match_indices('.').map(|(at, _)| at + 1);
        std::iter::once(0)
            .chain(dots)
            .filter_map(|start| domain.get(start..))
            .any(|part| self.0.contains(part))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_refused_with_all_below_it_and_nothing_beside_it() {
        let list = RefusedDomains::read("\u{feff}# disposable\n\n Mailinator.com \r\nthrow.jp\n");
        let list = list.unwrap();
        for (domain, refused) in [
            ("mailinator.com", true),
            ("a.b.mailinator.com", true),
            ("throw.jp", true),
            ("notmailinator.com", false),
            ("mailinator.com.example.jp", false),
            ("com", false),
            ("gmail.com", false),
        ] {
            assert_eq!(list.contain(domain), refused, "{domain}");
        }
    }

    #[test]
    fn without_a_list_everybody_is_taken() {
        assert!(!RefusedDomains::default().contain("mailinator.com"));
        assert_eq!(RefusedDomains::read(""), Ok(RefusedDomains::default()));
    }

    #[test]
    fn a_line_that_is_no_domain_is_told_by_its_number() {
        for (text, line) in [("ok.jp\nno domain", 2), ("a@b.jp", 1), ("localhost", 1)] {
            assert_eq!(RefusedDomains::read(text), Err(line), "{text}");
        }
    }
}
