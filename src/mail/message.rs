//! What we write to people, by mail or SMS: plain text in their language and
//! under their brand's name, with a code and never a URL, since carriers offer
//! to reject mail that has one.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::accounts::email_address::EmailAddress;
use crate::accounts::phone_number::MobileNumber;
use crate::accounts::undo_code::UndoCode;
use crate::accounts::verification_code::VerificationCode;
use crate::brand::Brand;
use crate::clock::Timestamp;
use crate::locale::Locale;
use crate::store::outbox::Channel;
use crate::texts::text;

/// A message, before it is put into words.
#[derive(Clone, Copy, Debug)]
pub enum Message<'a> {
    /// The code that proves a mailbox. Known and unknown addresses get the same.
    VerificationCode {
        /// Where to.
        to: &'a EmailAddress,
        /// The code.
        code: &'a VerificationCode,
        /// Until when it is good: nobody wants it later.
        expires_at: Timestamp,
    },
    /// ⑨: the account was made.
    Welcome {
        /// Where to: the new login ID.
        to: &'a EmailAddress,
    },
    /// ⑧, when someone else registered the address meanwhile.
    AlreadyRegistered {
        /// Where to.
        to: &'a EmailAddress,
    },
    /// 退会: the account is closed.
    Goodbye {
        /// Where to.
        to: &'a EmailAddress,
    },
    /// The password was changed.
    PasswordChanged {
        /// Where to.
        to: &'a EmailAddress,
    },
    /// The address was changed: to the old one, with the way back.
    EmailChanged {
        /// Where to: the old address.
        to: &'a EmailAddress,
        /// As much of the new address as its owner needs to know it.
        new: &'a str,
        /// The code that undoes it.
        code: &'a UndoCode,
        /// For how long.
        good_for: Duration,
    },
    /// The address was changed: to the new one.
    EmailIsNew {
        /// Where to: the new address.
        to: &'a EmailAddress,
    },
    /// A change of address was undone.
    EmailRestored {
        /// Where to: the old address, or the one that is no longer.
        to: &'a EmailAddress,
        /// As much of the old address as its owner needs to know it.
        restored: &'a str,
    },
    /// A mobile number began or ceased to log its owner in.
    PhoneLogin {
        /// Where to.
        to: &'a EmailAddress,
        /// As much of the number as its owner needs to know it.
        number: &'a str,
        /// Which of these it was.
        news: PhoneLoginNews,
    },
    /// The birthdate was changed. Not to what: whoever reads the mail need not know it.
    BirthdateChanged {
        /// Where to.
        to: &'a EmailAddress,
    },
    /// A passkey was added, or removed.
    Passkey {
        /// Where to.
        to: &'a EmailAddress,
        /// Which of these it was.
        news: PasskeyNews,
    },
    /// The code that proves a phone.
    SmsVerificationCode {
        /// Where to.
        to: &'a MobileNumber,
        /// The code.
        code: &'a VerificationCode,
        /// Until when it is good.
        expires_at: Timestamp,
    },
}

/// What is told of a mobile number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhoneLoginNews {
    /// It logs its owner in from now on.
    On,
    /// It no longer does: switched off, or changed.
    Off,
    /// It no longer does: someone proved it for an account of theirs.
    Taken,
}

/// What is told of a passkey.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasskeyNews {
    /// It lets its owner in from now on.
    Added,
    /// It no longer does.
    Removed,
}

/// A message in words. It rests sealed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// The sender's address; empty for SMS, whose gateway has its own sender.
    pub from: String,
    /// The sender's name.
    pub from_name: String,
    /// Where to: an address as typed, or a number in E.164.
    pub to: String,
    /// The subject; empty for SMS.
    pub subject: String,
    /// The text.
    pub text: String,
    /// When it is no longer wanted, if that is so.
    pub until: Option<Timestamp>,
    /// Who waits for it: the name under which it is noted that nobody has the address.
    #[serde(default)]
    pub awaited_as: Option<String>,
}

impl std::fmt::Debug for Written {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Written(..)")
    }
}

impl Message<'_> {
    /// By which way it travels.
    #[must_use]
    pub const fn channel(&self) -> Channel {
        match self {
            Self::SmsVerificationCode { .. } => Channel::Sms,
            _ => Channel::Email,
        }
    }

    /// Puts it into words, at `now`.
    #[must_use]
    pub fn write(&self, brand: &Brand, locale: Locale, now: Timestamp) -> Written {
        let name = brand.display_name(locale).to_owned();
        let (key, to, values) = self.parts(now);
        let mut args = vec![
            ("brand", name.clone()),
            ("domain", brand.domain().to_owned()),
        ];
        args.extend(values);
        let mail = self.channel() == Channel::Email;
        let subject = if mail {
            text(locale, &format!("{key}-subject"), &args)
        } else {
            String::new()
        };
        Written {
            from: if mail {
                brand.mail_from.clone()
            } else {
                String::new()
            },
            from_name: name,
            to,
            subject,
            text: text(locale, &format!("{key}-text"), &args),
            until: self.until(),
            awaited_as: None,
        }
    }

    fn parts(&self, now: Timestamp) -> (&'static str, String, Vec<(&'static str, String)>) {
        let address = |to: &EmailAddress| to.typed().to_owned();
        match self {
            Self::VerificationCode {
                to,
                code,
                expires_at,
            } => (
                "mail-verification-code",
                address(to),
                vec![
                    ("code", code.digits()),
                    ("minutes", minutes(expires_at.since(now))),
                ],
            ),
            Self::Welcome { to } => ("mail-welcome", address(to), vec![("email", address(to))]),
            Self::AlreadyRegistered { to } => (
                "mail-already-registered",
                address(to),
                vec![("email", address(to))],
            ),
            Self::Goodbye { to } => ("mail-goodbye", address(to), vec![("email", address(to))]),
            Self::PasswordChanged { to } => (
                "mail-password-changed",
                address(to),
                vec![("email", address(to))],
            ),
            Self::EmailChanged {
                to,
                new,
                code,
                good_for,
            } => (
                "mail-email-changed",
                address(to),
                vec![
                    ("email", address(to)),
                    ("new", (*new).to_owned()),
                    ("code", code.grouped()),
                    ("days", (good_for.as_secs() / (24 * 60 * 60)).to_string()),
                ],
            ),
            Self::EmailIsNew { to } => (
                "mail-email-is-new",
                address(to),
                vec![("email", address(to))],
            ),
            Self::EmailRestored { to, restored } => (
                "mail-email-restored",
                address(to),
                vec![("restored", (*restored).to_owned())],
            ),
            Self::PhoneLogin { to, number, news } => (
                match news {
                    PhoneLoginNews::On => "mail-phone-login-on",
                    PhoneLoginNews::Off => "mail-phone-login-off",
                    PhoneLoginNews::Taken => "mail-phone-login-taken",
                },
                address(to),
                vec![("email", address(to)), ("number", (*number).to_owned())],
            ),
            Self::BirthdateChanged { to } => (
                "mail-birthdate-changed",
                address(to),
                vec![("email", address(to))],
            ),
            // Not what it is called: whoever adds it chooses that, and mails have no URLs.
            Self::Passkey { to, news } => (
                match news {
                    PasskeyNews::Added => "mail-passkey-added",
                    PasskeyNews::Removed => "mail-passkey-removed",
                },
                address(to),
                vec![("email", address(to))],
            ),
            Self::SmsVerificationCode { to, code, .. } => (
                "sms-verification-code",
                to.e164(),
                vec![("code", code.digits())],
            ),
        }
    }

    const fn until(&self) -> Option<Timestamp> {
        match self {
            Self::VerificationCode { expires_at, .. }
            | Self::SmsVerificationCode { expires_at, .. } => Some(*expires_at),
            Self::Welcome { .. }
            | Self::AlreadyRegistered { .. }
            | Self::Goodbye { .. }
            | Self::PasswordChanged { .. }
            | Self::EmailChanged { .. }
            | Self::EmailIsNew { .. }
            | Self::EmailRestored { .. }
            | Self::BirthdateChanged { .. }
            | Self::PhoneLogin { .. }
            | Self::Passkey { .. } => None,
        }
    }
}

/// Whole minutes, never promising more than there is.
fn minutes(left: Duration) -> String {
    (left.as_secs() / 60).max(1).to_string()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::brand::Brands;
    use crate::config::Config;

    fn brands() -> Brands {
        let config = Config::demo(8080, Path::new("data")).unwrap();
        Brands::load(&config).unwrap()
    }

    fn code() -> VerificationCode {
        VerificationCode::read("001164").unwrap()
    }

    fn every_message(check: impl Fn(&Written)) {
        let (email, phone) = (
            EmailAddress::read("taro@docomo.ne.jp").unwrap(),
            MobileNumber::read("09012345678").unwrap(),
        );
        let undo = UndoCode::read("BCDF-GHJK-LMNP-QRST").unwrap();
        let (to, code, expires_at) = (&email, &code(), Timestamp(600));
        let about_phone = |news| Message::PhoneLogin {
            to,
            number: "***-****-5678",
            news,
        };
        for brand in brands().iter() {
            for locale in Locale::ALL {
                for message in [
                    Message::VerificationCode {
                        to,
                        code,
                        expires_at,
                    },
                    Message::Welcome { to },
                    Message::AlreadyRegistered { to },
                    Message::Goodbye { to },
                    Message::PasswordChanged { to },
                    Message::EmailChanged {
                        to,
                        new: "t***@example.jp",
                        code: &undo,
                        good_for: Duration::from_secs(7 * 24 * 60 * 60),
                    },
                    Message::EmailIsNew { to },
                    Message::EmailRestored {
                        to,
                        restored: "t***@example.jp",
                    },
                    Message::BirthdateChanged { to },
                    about_phone(PhoneLoginNews::On),
                    about_phone(PhoneLoginNews::Off),
                    about_phone(PhoneLoginNews::Taken),
                    Message::Passkey {
                        to,
                        news: PasskeyNews::Added,
                    },
                    Message::Passkey {
                        to,
                        news: PasskeyNews::Removed,
                    },
                    Message::SmsVerificationCode {
                        to: &phone,
                        code,
                        expires_at,
                    },
                ] {
                    check(&message.write(brand, locale, Timestamp(0)));
                }
            }
        }
    }

    #[test]
    fn no_message_holds_a_url_or_an_unfilled_value() {
        every_message(|written| {
            for text in [&written.subject, &written.text] {
                assert!(!text.contains("://") && !text.contains("www."), "{text}");
                assert!(!text.contains('{') && !text.starts_with("mail-"), "{text}");
                assert!(!text.starts_with("sms-"), "{text}");
            }
        });
    }

    #[test]
    fn a_code_mail_comes_from_the_brands_own_host_and_says_how_long_it_is_good() {
        let to = EmailAddress::read("taro@docomo.ne.jp").unwrap();
        let message = Message::VerificationCode {
            to: &to,
            code: &code(),
            expires_at: Timestamp(659),
        };
        let brands = brands();
        let written = message.write(brands.by_name("lexus").unwrap(), Locale::Ja, Timestamp(0));
        assert_eq!(written.from, "no-reply@id.lexus.jp");
        assert!(
            written.text.contains("認証番号：001164"),
            "{}",
            written.text
        );
        assert!(written.text.contains("10分間"), "{}", written.text);
        assert_eq!(written.until, Some(Timestamp(659)));
    }

    #[test]
    fn an_sms_ends_with_the_domain_its_code_is_bound_to() {
        let to = MobileNumber::read("09012345678").unwrap();
        let message = Message::SmsVerificationCode {
            to: &to,
            code: &code(),
            expires_at: Timestamp(600),
        };
        let brands = brands();
        let written = message.write(brands.by_name("toyota").unwrap(), Locale::En, Timestamp(0));
        assert!(
            written.text.ends_with("\n@id.toyota.localhost #001164"),
            "{}",
            written.text
        );
        assert_eq!(written.to, "+819012345678");
    }
}
