//! Reads one account as another system writes it: a JSON object of standard claims (OpenID
//! Connect Core §5.1), with the members that an import needs besides. A problem is reported
//! by the name of the member, without its value.

use serde_json::{Map, Value};
use url::Url;

use super::Facts;
use crate::accounts::account::{Account, AccountStatus};
use crate::accounts::birthdate::Birthdate;
use crate::accounts::email_address::EmailAddress;
use crate::accounts::person_name;
use crate::accounts::phone_number::{HomeNumber, MobileNumber};
use crate::accounts::postal_address::{self, Prefecture};
use crate::accounts::profile::{PostalAddress, Profile};
use crate::accounts::recovered::Recovered;
use crate::accounts::second_factor::Enrolled;
use crate::clock::Timestamp;
use crate::locale::Locale;
use crate::passwords;
use crate::store::accounts::import::ImportedAccount;

/// The maximum length of an external id, in characters.
const LONGEST_EXTERNAL_ID: usize = 200;

/// The maximum length of the URL of a picture or a page, in characters.
const LONGEST_URL: usize = 2000;

impl Facts {
    /// Reads a line. `id` becomes the account's id if the account is new.
    ///
    /// # Errors
    /// All problems of the line.
    pub(super) fn read(&self, line: &[u8], id: String) -> Result<ImportedAccount, Vec<String>> {
        let mut members = match serde_json::from_slice(line) {
            Ok(Value::Object(members)) => Members::new(members),
            Ok(_) => return Err(vec!["is not a JSON object".to_owned()]),
            Err(error) => return Err(vec![format!("is not JSON at column {}", error.column())]),
        };
        let external_id = members.needed("external_id", external_id);
        let email = members.needed("email", |typed| {
            EmailAddress::read(typed).map(|address| address.typed().to_owned())
        });
        let brand = members.or("brand", |name| self.known_brand(name), self.brand.clone());
        let language = self.brands.get(&brand).copied().unwrap_or_default();
        let locale = |tag: &str| Locale::from_tag(tag).ok_or("is neither ja nor en");
        let (mobile_phone, home_phone) = phone_numbers(&mut members);
        let account = Account {
            id,
            email: email.unwrap_or_default(),
            email_verified: members.truth("email_verified"),
            mobile_phone_verified: members.truth("phone_number_verified"),
            phone_login: members.truth("phone_login"),
            recovered: Recovered::default(),
            mobile_phone,
            password_set_at: None,
            enrolled: Enrolled::default(),
            profile: profile(&mut members, home_phone, self.now),
            locale: members.or("locale", locale, language),
            brand,
            status: AccountStatus::Active,
            terms_version: None,
            created_at: self.now,
            updated_at: members.time("updated_at", self.now),
            version: 1,
        };
        let password_hash = members.text("password_hash", |hash| {
            passwords::is_understood(hash)
                .then(|| hash.to_owned())
                .ok_or("is no argon2id, bcrypt or PBKDF2 hash of a bearable cost")
        });
        consistent(&account, &mut members);
        members.finish()?;
        Ok(ImportedAccount {
            external_id: external_id.unwrap_or_default(),
            account,
            password_hash,
        })
    }

    fn known_brand(&self, name: &str) -> Result<String, &'static str> {
        self.brands
            .get_key_value(name)
            .map(|(name, _)| name.clone())
            .ok_or("is no brand of the configuration")
    }
}

/// Reports combinations that the database would refuse or the claims could not express.
fn consistent(account: &Account, members: &mut Members) {
    let has_number = account.mobile_phone.is_some();
    if account.mobile_phone_verified && !has_number {
        members.refuse("phone_number_verified", "there is no mobile number");
    }
    if account.phone_login && !(has_number && account.mobile_phone_verified) {
        members.refuse("phone_login", "needs a phone_number that is verified");
    }
    // Otherwise whoever typed another person's address there would keep a login to the
    // account of that person here.
    if account.phone_login && !account.email_verified {
        members.refuse("phone_login", "needs an email that is verified");
    }
}

fn external_id(text: &str) -> Result<String, &'static str> {
    let fits = text.chars().count() <= LONGEST_EXTERNAL_ID && !text.contains(char::is_control);
    fits.then(|| text.to_owned())
        .ok_or("is too long or has control characters")
}

/// Stores the number of the one standard claim as mobile or home phone, whichever it is.
fn phone_numbers(members: &mut Members) -> (Option<String>, Option<String>) {
    let home = |text: &str| HomeNumber::read(text).map(|number| number.digits().to_owned());
    let of_home = members.text("home_phone", home);
    let either = members.text("phone_number", |text| match home(text) {
        Ok(digits) => Ok((None, Some(digits))),
        Err(_) => MobileNumber::read(text).map(|number| (Some(number.e164()), None)),
    });
    let (mobile, fixed) = either.unwrap_or_default();
    (mobile, of_home.or(fixed))
}

fn profile(members: &mut Members, home_phone: Option<String>, now: Timestamp) -> Profile {
    let name = |text: &str| person_name::read_name(text);
    let mut profile = Profile {
        family_name: members.first(
            &["family_name#ja-Hani-JP", "family_name#ja", "family_name"],
            name,
        ),
        given_name: members.first(
            &["given_name#ja-Hani-JP", "given_name#ja", "given_name"],
            name,
        ),
        middle_name: members.text("middle_name", name),
        family_name_kana: members.text("family_name#ja-Kana-JP", person_name::read_kana),
        given_name_kana: members.text("given_name#ja-Kana-JP", person_name::read_kana),
        nickname: members.text("nickname", plain),
        preferred_username: members.text("preferred_username", plain),
        profile: members.text("profile", url),
        picture: members.text("picture", url),
        website: members.text("website", url),
        gender: members.text("gender", plain),
        birthdate: members.text("birthdate", |text| {
            Birthdate::from_claim(text, now).map(|date| date.to_string())
        }),
        zoneinfo: members.text("zoneinfo", plain),
        address: None,
        home_phone,
    };
    profile.address = members.address();
    // The full name is built from its parts.
    let full = members.text("name", name);
    if full.is_some() && profile.family_name.is_none() && profile.given_name.is_none() {
        members.refuse("name", "must come as family_name and given_name");
    }
    profile
}

fn plain(text: &str) -> Result<String, &'static str> {
    postal_address::read_line(text).map_err(|_| "is too long or has unfit characters")
}

fn url(text: &str) -> Result<String, &'static str> {
    let lawful = text.len() <= LONGEST_URL
        && Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "https" | "http"));
    lawful.then(|| text.to_owned()).ok_or("is no web address")
}

/// The members of a line. Reading a member removes it, so that only unknown members remain.
struct Members {
    left: Map<String, Value>,
    /// The prefix of the names that are reported: `address.` within an address.
    within: &'static str,
    wrong: Vec<String>,
}

impl Members {
    fn new(members: Map<String, Value>) -> Self {
        Self {
            left: members,
            within: "",
            wrong: Vec::new(),
        }
    }

    /// Returns all problems, unknown members included.
    fn finish(mut self) -> Result<(), Vec<String>> {
        let unknown: Vec<String> = self.left.keys().cloned().collect();
        for name in unknown {
            // An unknown member may have any name, so only a harmless name is repeated.
            let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '#' | '-');
            if name.len() <= 40 && name.chars().all(is_name) {
                self.refuse(&name, "is not known")
            } else {
                self.refuse("a member", "is not known")
            }
        }
        if self.wrong.is_empty() {
            Ok(())
        } else {
            Err(self.wrong)
        }
    }

    fn refuse(&mut self, name: &str, reason: &str) {
        self.wrong.push(format!("{}{name}: {reason}", self.within));
    }

    /// Takes an optional member; null and the empty string count as missing.
    fn take(&mut self, name: &str) -> Option<Value> {
        self.left.remove(name).filter(|value| !value.is_null())
    }

    fn text<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&str) -> Result<T, &'static str>,
    ) -> Option<T> {
        let value = self.take(name)?;
        let Some(text) = value.as_str() else {
            self.refuse(name, "is not text");
            return None;
        };
        if text.trim().is_empty() {
            return None;
        }
        read(text).map_err(|reason| self.refuse(name, reason)).ok()
    }

    fn needed<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&str) -> Result<T, &'static str>,
    ) -> Option<T> {
        let before = self.wrong.len();
        let value = self.text(name, read);
        if value.is_none() && self.wrong.len() == before {
            self.refuse(name, "is missing");
        }
        value
    }

    fn or<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&str) -> Result<T, &'static str>,
        default: T,
    ) -> T {
        self.text(name, read).unwrap_or(default)
    }

    /// Takes the first of these members that exists; the others say the same in another
    /// form.
    fn first<T>(
        &mut self,
        names: &[&str],
        read: impl Fn(&str) -> Result<T, &'static str>,
    ) -> Option<T> {
        let mut values = names
            .iter()
            .map(|name| self.text(name, &read))
            .collect::<Vec<_>>();
        values.iter_mut().find_map(Option::take)
    }

    fn truth(&mut self, name: &str) -> bool {
        match self.take(name) {
            None => false,
            Some(Value::Bool(truth)) => truth,
            Some(_) => {
                self.refuse(name, "is neither true nor false");
                false
            }
        }
    }

    fn time(&mut self, name: &str, now: Timestamp) -> Timestamp {
        let Some(value) = self.take(name) else {
            return now;
        };
        match value.as_i64() {
            Some(seconds) if (0..=now.0).contains(&seconds) => Timestamp(seconds),
            Some(_) => {
                self.refuse(name, "is no time that has been");
                now
            }
            None => {
                self.refuse(name, "is no number of seconds since 1970");
                now
            }
        }
    }

    /// The `address` claim (§5.1.1).
    fn address(&mut self) -> Option<PostalAddress> {
        let members = match self.take("address")? {
            Value::Object(members) => members,
            _ => {
                self.refuse("address", "is not an object");
                return None;
            }
        };
        let mut parts = Self {
            within: "address.",
            ..Self::new(members)
        };
        let address = postal_address(&mut parts);
        if let Err(wrong) = parts.finish() {
            self.wrong.extend(wrong);
        }
        (address != PostalAddress::default()).then_some(address)
    }
}

fn postal_address(parts: &mut Members) -> PostalAddress {
    // The second line of a street is the building (§5.1.1 allows several).
    let street = parts.text("street_address", |text| {
        let text = text.replace("\r\n", "\n");
        let (block, building) = text.split_once('\n').unwrap_or((&text, ""));
        let building = building.trim().replace('\n', " ");
        Ok((
            postal_address::read_line(block)?,
            postal_address::read_line(&building)?,
        ))
    });
    let (block, building) = street.unwrap_or_default();
    let filled = |text: String| (!text.is_empty()).then_some(text);
    let address = PostalAddress {
        postal_code: parts.text("postal_code", postal_address::read_postal_code),
        prefecture: parts.text("region", |text| {
            Prefecture::read(text).map(|prefecture| prefecture.name.to_owned())
        }),
        city: parts.text("locality", postal_address::read_line),
        block: filled(block),
        building: filled(building),
    };
    let abroad = |text: &str| match text.to_ascii_uppercase().as_str() {
        "JP" | "JPN" | "JAPAN" | "日本" => Ok(()),
        _ => Err("is not Japan"),
    };
    parts.text("country", abroad);
    // The formatted address is built from its parts.
    let formatted = parts.text("formatted", |_| Ok(()));
    if formatted.is_some() && address == PostalAddress::default() {
        parts.refuse("formatted", "must come in its parts");
    }
    address
}

#[cfg(test)]
mod tests;
