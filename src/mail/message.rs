//! The messages to people, by mail or SMS: plain text in their language and under their
//! brand's name. They may contain a code but never a URL, because mobile carriers offer to
//! reject mail with URLs; only what warns of a takeover has one link of our own below it
//! (`docs/decisions/0025-one-link-in-a-warning.md`). The texts are in `locales/`.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::accounts::email_address::EmailAddress;
use crate::accounts::pending_change::ChangeKind;
use crate::accounts::phone_number::MobileNumber;
use crate::accounts::recovered::CodeChannel;
use crate::accounts::undo_code::UndoCode;
use crate::accounts::verification_code::VerificationCode;
use crate::brand::Brand;
use crate::clock::Timestamp;
use crate::locale::Locale;
use crate::store::outbox::Channel;
use crate::texts::text;

/// A message with its values, before the text is written.
#[derive(Clone, Copy, Debug)]
pub enum Message<'a> {
    /// The code that verifies a mailbox. Addresses with and without an account get the same
    /// mail.
    VerificationCode {
        /// The recipient.
        to: &'a EmailAddress,
        /// The code.
        code: &'a VerificationCode,
        /// When the code expires; after that the mail is not sent any more.
        expires_at: Timestamp,
    },
    /// ⑨: the account was created.
    Welcome {
        /// The recipient: the new login ID.
        to: &'a EmailAddress,
    },
    /// ⑧: another registration took the address meanwhile.
    AlreadyRegistered {
        /// The recipient.
        to: &'a EmailAddress,
    },
    /// 退会: the account was closed.
    Goodbye {
        /// The recipient.
        to: &'a EmailAddress,
    },
    /// The owner of a closed account opened it again.
    Reopened {
        /// The recipient.
        to: &'a EmailAddress,
    },
    /// The password was changed.
    PasswordChanged {
        /// The recipient.
        to: &'a EmailAddress,
        /// How many changes that waited ended with the old password.
        ended: usize,
    },
    /// The password was set by a code to one channel, which ended the factors that it did
    /// not prove.
    Recovered {
        /// The recipient.
        to: &'a EmailAddress,
        /// The channel.
        by: CodeChannel,
        /// The number that no longer logs in and is to be confirmed, masked.
        number: Option<&'a str>,
        /// How many passkeys were removed.
        passkeys: usize,
    },
    /// A change of what protects the account waits; its owner may cancel it.
    ChangeWaits {
        /// The recipient.
        to: &'a EmailAddress,
        /// What is to change.
        kind: ChangeKind,
        /// The code that cancels it.
        code: &'a UndoCode,
        /// How long it waits.
        good_for: Duration,
    },
    /// The same, to the mobile number.
    SmsChangeWaits {
        /// The recipient.
        to: &'a MobileNumber,
        /// What is to change.
        kind: ChangeKind,
        /// The code that cancels it.
        code: &'a UndoCode,
        /// How long it waits.
        good_for: Duration,
    },
    /// The same as `Recovered`, to the number that no longer logs in.
    SmsRecovered {
        /// The recipient.
        to: &'a MobileNumber,
    },
    /// The address was changed; this mail goes to the old one, with the code that undoes
    /// it.
    EmailChanged {
        /// The recipient: the old address.
        to: &'a EmailAddress,
        /// The new address, masked.
        new: &'a str,
        /// The code that undoes the change.
        code: &'a UndoCode,
        /// How long the code is valid.
        good_for: Duration,
    },
    /// The address was changed; this mail goes to the new one.
    EmailIsNew {
        /// The recipient: the new address.
        to: &'a EmailAddress,
    },
    /// A change of address was undone.
    EmailRestored {
        /// The recipient: the old address, or the one that was replaced again.
        to: &'a EmailAddress,
        /// The old address, masked.
        restored: &'a str,
    },
    /// A mobile number became a login ID, or is none any more.
    PhoneLogin {
        /// The recipient.
        to: &'a EmailAddress,
        /// The number, masked.
        number: &'a str,
        /// What happened.
        news: PhoneLoginNews,
    },
    /// The birthdate was changed. The mail does not contain it, because others may read the
    /// mail.
    BirthdateChanged {
        /// The recipient.
        to: &'a EmailAddress,
    },
    /// A passkey was added or removed.
    Passkey {
        /// The recipient.
        to: &'a EmailAddress,
        /// What happened.
        news: PasskeyNews,
    },
    /// The head of the consent ledger, signed, for an auditor.
    LedgerAnchor {
        /// The recipient.
        to: &'a EmailAddress,
        /// The anchor, a signed JWT.
        anchor: &'a str,
    },
    /// Something changed about what a second step of a login asks for.
    SecondFactor {
        /// The recipient.
        to: &'a EmailAddress,
        /// What happened.
        news: SecondFactorNews,
    },
    /// Somebody logged in in a browser that the account has not been seen in.
    NewDevice {
        /// The recipient.
        to: &'a EmailAddress,
        /// The kind of device; empty if it is not known.
        device: &'a str,
    },
    /// The code that verifies a phone.
    SmsVerificationCode {
        /// The recipient.
        to: &'a MobileNumber,
        /// The code.
        code: &'a VerificationCode,
        /// When the code expires.
        expires_at: Timestamp,
    },
}

/// What happened to a mobile number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhoneLoginNews {
    /// The number is a login ID from now on.
    On,
    /// The number is no longer a login ID: it was switched off or changed.
    Off,
    /// The number is no longer a login ID: another account verified it.
    Taken,
}

/// What happened to a passkey.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasskeyNews {
    /// The passkey was added.
    Added,
    /// The passkey was removed.
    Removed,
}

/// What happened to a second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecondFactorNews {
    /// An authenticator app was added.
    AppAdded,
    /// The authenticator app was removed.
    AppRemoved,
    /// New recovery codes were made; older ones are void.
    RecoveryCodesMade,
    /// A recovery code was used; so many are left.
    RecoveryCodeUsed {
        /// How many codes are left.
        left: u32,
    },
    /// Every login takes two steps from now on.
    TwoStepsOn,
    /// A login takes one step again.
    TwoStepsOff,
    /// After the right password, so many wrong codes were typed that no more are taken today.
    Guessed,
}

impl SecondFactorNews {
    const fn key(self) -> &'static str {
        match self {
            Self::AppAdded => "mail-app-added",
            Self::AppRemoved => "mail-app-removed",
            Self::RecoveryCodesMade => "mail-recovery-codes-made",
            Self::RecoveryCodeUsed { .. } => "mail-recovery-code-used",
            Self::TwoStepsOn => "mail-two-steps-on",
            Self::TwoStepsOff => "mail-two-steps-off",
            Self::Guessed => "mail-second-factor-guessed",
        }
    }

    fn values(self) -> Vec<(&'static str, String)> {
        match self {
            Self::RecoveryCodeUsed { left } => vec![("left", left.to_string())],
            Self::AppAdded
            | Self::AppRemoved
            | Self::RecoveryCodesMade
            | Self::TwoStepsOn
            | Self::TwoStepsOff
            | Self::Guessed => Vec::new(),
        }
    }
}

/// A link that ends all sessions of an account.
#[derive(Clone, Debug)]
pub struct EndLink {
    /// The URL.
    pub url: String,
    /// How long the link is valid.
    pub good_for: Duration,
}

/// A message as text. It is stored sealed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// The sender's address; empty for SMS, whose gateway has its own sender.
    pub from: String,
    /// The sender's name.
    pub from_name: String,
    /// The recipient: an address as typed, or a number in E.164.
    pub to: String,
    /// The subject; empty for SMS.
    pub subject: String,
    /// The text.
    pub text: String,
    /// When the message is no longer wanted; `None` if it always is.
    pub until: Option<Timestamp>,
    /// The name under which a page waits for the message: if the mailbox does not exist,
    /// that is recorded under this name.
    #[serde(default)]
    pub awaited_as: Option<String>,
}

impl std::fmt::Debug for Written {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Written(..)")
    }
}

impl Message<'_> {
    /// Returns the channel: mail or SMS.
    #[must_use]
    pub const fn channel(&self) -> Channel {
        match self {
            Self::SmsVerificationCode { .. }
            | Self::SmsRecovered { .. }
            | Self::SmsChangeWaits { .. } => Channel::Sms,
            _ => Channel::Email,
        }
    }

    /// Writes the text, for sending at `now`.
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

    /// Writes the text with a link below it that ends all sessions of the account.
    #[must_use]
    pub fn write_with(
        &self,
        link: &EndLink,
        brand: &Brand,
        locale: Locale,
        now: Timestamp,
    ) -> Written {
        let mut written = self.write(brand, locale, now);
        let days = (link.good_for.as_secs() / (24 * 60 * 60)).to_string();
        let values = [("link", link.url.clone()), ("days", days)];
        let below = text(locale, "mail-end-sessions", &values);
        written.text = format!("{}\n\n{below}\n", written.text.trim_end());
        written
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
            Self::Reopened { to } => ("mail-reopened", address(to), vec![("email", address(to))]),
            Self::PasswordChanged { to, ended } => (
                "mail-password-changed",
                address(to),
                vec![("email", address(to)), ("ended", count(*ended))],
            ),
            Self::Recovered {
                to,
                by,
                number,
                passkeys,
            } => (
                match by {
                    CodeChannel::Mailbox => "mail-recovered-by-mail",
                    CodeChannel::Phone => "mail-recovered-by-sms",
                },
                address(to),
                vec![
                    ("email", address(to)),
                    ("number", number.unwrap_or("none").to_owned()),
                    ("passkeys", count(*passkeys)),
                ],
            ),
            Self::ChangeWaits {
                to,
                kind,
                code,
                good_for,
            } => {
                let mut values = waits(*kind, code, *good_for);
                values.push(("email", address(to)));
                ("mail-change-waits", address(to), values)
            }
            Self::SmsChangeWaits {
                to,
                kind,
                code,
                good_for,
            } => ("sms-change-waits", to.e164(), waits(*kind, code, *good_for)),
            Self::SmsRecovered { to } => ("sms-recovered", to.e164(), vec![]),
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
            // The label of the passkey is left out: the person who adds it chooses it and
            // could put a URL there.
            Self::Passkey { to, news } => (
                match news {
                    PasskeyNews::Added => "mail-passkey-added",
                    PasskeyNews::Removed => "mail-passkey-removed",
                },
                address(to),
                vec![("email", address(to))],
            ),
            Self::LedgerAnchor { to, anchor } => (
                "mail-ledger-anchor",
                address(to),
                vec![("anchor", (*anchor).to_owned())],
            ),
            Self::SecondFactor { to, news } => {
                let mut values = vec![("email", address(to))];
                values.extend(news.values());
                (news.key(), address(to), values)
            }
            Self::NewDevice { to, device } => (
                "mail-new-device",
                address(to),
                vec![
                    ("email", address(to)),
                    (
                        "device",
                        if device.is_empty() { "none" } else { device }.to_owned(),
                    ),
                ],
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
            | Self::Reopened { .. }
            | Self::PasswordChanged { .. }
            | Self::Recovered { .. }
            | Self::SmsRecovered { .. }
            | Self::ChangeWaits { .. }
            | Self::SmsChangeWaits { .. }
            | Self::EmailChanged { .. }
            | Self::EmailIsNew { .. }
            | Self::EmailRestored { .. }
            | Self::BirthdateChanged { .. }
            | Self::PhoneLogin { .. }
            | Self::Passkey { .. }
            | Self::LedgerAnchor { .. }
            | Self::SecondFactor { .. }
            | Self::NewDevice { .. } => None,
        }
    }
}

/// Returns the values of a message about a change that waits.
fn waits(kind: ChangeKind, code: &UndoCode, good_for: Duration) -> Vec<(&'static str, String)> {
    let hours = good_for.as_secs() / (60 * 60);
    vec![
        ("change", kind.as_str().to_owned()),
        ("code", code.grouped()),
        ("hours", hours.to_string()),
    ]
}

/// Returns a number as the texts distinguish it from none.
fn count(number: usize) -> String {
    match number {
        0 => "none".to_owned(),
        number => number.to_string(),
    }
}

/// Returns whole minutes, rounded down but at least one.
fn minutes(left: Duration) -> String {
    (left.as_secs() / 60).max(1).to_string()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::accounts::verification_code::CodeLength;
    use crate::brand::Brands;
    use crate::config::Config;

    fn brands() -> Brands {
        let config = Config::demo(8080, Path::new("data")).unwrap();
        Brands::load(&config).unwrap()
    }

    fn code() -> VerificationCode {
        VerificationCode::read("001164", CodeLength::Six).unwrap()
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
        let recovered = |by, number, passkeys| Message::Recovered {
            to,
            by,
            number,
            passkeys,
        };
        let about_factor = |news| Message::SecondFactor { to, news };
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
                    Message::Reopened { to },
                    Message::PasswordChanged { to, ended: 0 },
                    Message::PasswordChanged { to, ended: 2 },
                    recovered(CodeChannel::Mailbox, Some("***-****-5678"), 2),
                    recovered(CodeChannel::Phone, None, 0),
                    Message::SmsRecovered { to: &phone },
                    Message::ChangeWaits {
                        to,
                        kind: ChangeKind::Leaving,
                        code: &undo,
                        good_for: Duration::from_secs(72 * 60 * 60),
                    },
                    Message::SmsChangeWaits {
                        to: &phone,
                        kind: ChangeKind::Email,
                        code: &undo,
                        good_for: Duration::from_secs(72 * 60 * 60),
                    },
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
                    Message::NewDevice {
                        to,
                        device: "iPhone · Safari",
                    },
                    Message::NewDevice { to, device: "" },
                    about_factor(SecondFactorNews::AppAdded),
                    about_factor(SecondFactorNews::AppRemoved),
                    about_factor(SecondFactorNews::RecoveryCodesMade),
                    about_factor(SecondFactorNews::RecoveryCodeUsed { left: 9 }),
                    about_factor(SecondFactorNews::TwoStepsOn),
                    about_factor(SecondFactorNews::TwoStepsOff),
                    about_factor(SecondFactorNews::Guessed),
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
