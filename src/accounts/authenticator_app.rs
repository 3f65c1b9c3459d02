//! Authenticator apps (TOTP, RFC 6238): the secret that the account shares with its owner's
//! app, the address by which a QR code carries it there, and which time step a typed code
//! belongs to. That a step is used once is left to `store::authenticator_apps`.

use totp_rs::{Algorithm, Builder, Totp};

use super::letter_code;
use super::verification_code::{CodeLength, VerificationCode};
use crate::clock::Timestamp;

/// The length of a secret in bytes: RFC 4226 §4 (R6) recommends 160 bits.
pub const SECRET_BYTES: usize = 20;

/// The length of a time step in seconds (RFC 6238 §5.2).
const STEP_SECONDS: u64 = 30;

/// How many steps an app's clock may be ahead or behind.
const DRIFT: u16 = 1;

/// What an app shows beside its codes.
#[derive(Clone, Copy, Debug)]
pub struct Named<'a> {
    /// The host of the provider.
    pub issuer: &'a str,
    /// The login ID.
    pub login_id: &'a str,
}

/// An authenticator app, known by its secret.
#[derive(Clone)]
pub struct AuthenticatorApp(Totp);

impl AuthenticatorApp {
    /// Returns the app with that secret; `None` if the secret or a name is unusable.
    #[must_use]
    pub fn new(secret: [u8; SECRET_BYTES], named: Named<'_>) -> Option<Self> {
        // SHA-1: most apps know no other hash, and HMAC-SHA-1 is not broken (RFC 4226 §B.2).
        let builder = Builder::new()
            .with_algorithm(Algorithm::SHA1)
            .with_digits(6)
            .with_skew(DRIFT)
            .with_step_duration(STEP_SECONDS)
            .with_secret(secret)
            .with_issuer(Some(named.issuer))
            .with_account_name(named.login_id);
        builder.build().ok().map(Self)
    }

    /// Returns the `otpauth:` address that an app reads from a QR code.
    #[must_use]
    pub fn address(&self) -> Option<String> {
        self.0.to_url().ok()
    }

    /// Returns the secret in Base32, in groups, as a person types it into an app.
    #[must_use]
    pub fn secret_in_groups(&self) -> String {
        letter_code::in_groups(&self.0.secret().to_base32(), " ")
    }

    /// Returns the time step that the typed code belongs to, of those that may be in use
    /// now; `None` if the code is wrong.
    ///
    /// # Errors
    /// The error code if the text is no code: `code-missing` or `code-format`.
    pub fn step_of(&self, typed: &str, now: Timestamp) -> Result<Option<i64>, &'static str> {
        let code = VerificationCode::read(typed, CodeLength::Six)?;
        let seconds = u64::try_from(now.0).unwrap_or_default();
        let step = self.0.check(&code.digits(), seconds);
        Ok(step.and_then(|step| i64::try_from(step).ok()))
    }
}

impl std::fmt::Debug for AuthenticatorApp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AuthenticatorApp([..])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn app() -> AuthenticatorApp {
        let named = Named {
            issuer: "id.toyota.jp",
            login_id: "hanako@example.jp",
        };
        AuthenticatorApp::new(*b"12345678901234567890", named).unwrap()
    }

    #[test]
    fn the_codes_are_those_of_the_rfc() {
        // RFC 6238 §B, of which six-digit codes are the last six digits.
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let step = app().step_of(code, Timestamp(seconds)).unwrap();
            assert_eq!(step, Some(seconds / 30), "{seconds}");
        }
    }

    #[test]
    fn a_clock_may_be_one_step_ahead_or_behind() {
        for (seconds, known) in [
            (0, false),
            (29, false),
            (30, true),
            (119, true),
            (120, false),
        ] {
            // The code of step 2, 60 to 89 seconds.
            let step = app().step_of("359152", Timestamp(seconds)).unwrap();
            assert_eq!(step, known.then_some(2), "{seconds}");
        }
    }

    #[test]
    fn a_code_is_read_however_it_was_typed() {
        for typed in ["287082", " 287 082 ", "２８７－０８２"] {
            assert_eq!(app().step_of(typed, Timestamp(59)), Ok(Some(1)), "{typed}");
        }
        assert_eq!(app().step_of("", Timestamp(59)), Err("code-missing"));
        assert_eq!(app().step_of("28708", Timestamp(59)), Err("code-format"));
        assert_eq!(app().step_of("287083", Timestamp(59)), Ok(None));
    }

    #[test]
    fn an_app_is_given_the_secret_and_the_names() {
        let address = app().address().unwrap();
        assert!(
            address.starts_with("otpauth://totp/id.toyota.jp:hanako%40example.jp?"),
            "{address}"
        );
        assert!(
            address.contains("secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"),
            "{address}"
        );
        assert!(address.contains("issuer=id.toyota.jp"), "{address}");
        assert_eq!(
            app().secret_in_groups(),
            "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"
        );
    }
}
