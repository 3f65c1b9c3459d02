//! One security event: what happened, why it failed if it did, and to whom. Every value is
//! a word of a closed list, an identifier that we made, or a number: never a secret, an
//! address, a name or text that somebody typed.

use std::collections::BTreeMap;
use std::fmt::Display;

crate::wire_words! {
    /// What happened.
    pub enum EventKind {
        /// A person logged in. `amr` tells by which methods, `session` is the `sid`.
        Login = "login",
        /// A person proved themselves again in their session, or gave a second step.
        Reauthentication = "reauthentication",
        /// A login under one brand was continued under the other.
        SignOn = "sign_on",
        /// A session ended. `how` tells whether by a logout, by its owner elsewhere, by the
        /// link of a warning, by a new password, and so on.
        SessionEnded = "session_ended",
        /// The browser is trusted to need no second step.
        DeviceTrusted = "device_trusted",
        /// The trust in a browser ended.
        DeviceTrustEnded = "device_trust_ended",
        /// An account was registered.
        AccountRegistered = "account_registered",
        /// An account was brought over from another system.
        AccountImported = "account_imported",
        /// An import changed an account.
        AccountImportChanged = "account_import_changed",
        /// An account was closed. It can be reopened for some days.
        AccountClosed = "account_closed",
        /// A closed account was opened again.
        AccountReopened = "account_reopened",
        /// The personal data of a closed account was erased.
        AccountErased = "account_erased",
        /// The password was changed by somebody who was logged in.
        PasswordChanged = "password_changed",
        /// A new password was set after a code to the mailbox or phone in `channel`.
        Recovery = "recovery",
        /// The e-mail address was changed.
        EmailChanged = "email_changed",
        /// A change of the e-mail address was undone by the code sent to the old one.
        EmailChangeUndone = "email_change_undone",
        /// The mobile number became a login ID.
        PhoneLoginOn = "phone_login_on",
        /// The mobile number is a login ID no more. `how` tells if another account took it.
        PhoneLoginOff = "phone_login_off",
        /// A passkey was added.
        PasskeyAdded = "passkey_added",
        /// A passkey was removed.
        PasskeyRemoved = "passkey_removed",
        /// An authenticator app was added.
        AppAdded = "app_added",
        /// An authenticator app was removed.
        AppRemoved = "app_removed",
        /// New recovery codes replaced all others.
        RecoveryCodesMade = "recovery_codes_made",
        /// A recovery code was used.
        RecoveryCodeUsed = "recovery_code_used",
        /// Every login takes two steps from now on.
        TwoStepsOn = "two_steps_on",
        /// A login takes one step from now on.
        TwoStepsOff = "two_steps_off",
        /// A change of what protects the account was asked for, and waits. `change` is its
        /// kind.
        ChangeWaits = "change_waits",
        /// A change that waited was cancelled. `how` tells whether by its code or by a
        /// person who was logged in.
        ChangeCancelled = "change_cancelled",
        /// The date of birth was changed.
        BirthdateChanged = "birthdate_changed",
        /// The person agreed to terms, to sharing data with a dealer, or to what a client
        /// may read. `consent` is the kind.
        ConsentGiven = "consent_given",
        /// The person withdrew such a consent.
        ConsentWithdrawn = "consent_withdrawn",
        /// The account was linked to a dealer.
        DealerLinked = "dealer_linked",
        /// The link to a dealer ended.
        DealerUnlinked = "dealer_unlinked",
        /// A one-time code was asked for. `channel` is mail or SMS.
        CodeSent = "code_sent",
        /// A code was typed: a one-time code, one of an app, or a recovery code. Only wrong
        /// ones are recorded; a right one leads to another event.
        CodeChecked = "code_checked",
        /// A refresh token that was used before was presented: its grant ended (RFC 9700
        /// §4.14.2).
        RefreshTokenReplayed = "refresh_token_replayed",
        /// An authorization code or device code that was used before was presented: what it
        /// gave ended (RFC 6749 §4.1.2).
        CodeReplayed = "code_replayed",
        /// A client revoked a token.
        TokenRevoked = "token_revoked",
        /// A client proved itself. `method` is the authentication method.
        ClientAuthenticated = "client_authenticated",
        /// A client was registered. `how` tells whether by the operator or by itself.
        ClientRegistered = "client_registered",
        /// A client's registration was changed.
        ClientChanged = "client_changed",
        /// A client's secret was set or removed.
        ClientSecretChanged = "client_secret_changed",
        /// A client was removed.
        ClientRemoved = "client_removed",
        /// An initial access token was issued.
        InitialAccessTokenIssued = "initial_access_token_issued",
        /// The keys of an algorithm were rotated. `kid` is the new next key.
        KeysRotated = "keys_rotated",
        /// A limit refused a caller. `limit` is its name.
        LimitReached = "limit_reached",
        /// The operator ran a command.
        CommandRun = "command_run",
        /// More failures happened than are kept in an hour: this many were left out.
        EventsLeftOut = "events_left_out",
    }
}

crate::wire_words! {
    /// Why something failed.
    pub enum Reason {
        /// The password is wrong.
        WrongPassword = "wrong_password",
        /// No account has the login ID.
        UnknownAccount = "unknown_account",
        /// The one-time code, the code of an app or the recovery code is wrong or over.
        WrongCode = "wrong_code",
        /// The passkey is unknown, or its answer is wrong.
        WrongPasskey = "wrong_passkey",
        /// There were too many tries or requests.
        TooMany = "too_many",
        /// The client is unknown.
        UnknownClient = "unknown_client",
        /// The client did not prove itself.
        InvalidClient = "invalid_client",
        /// The token or code was used before.
        Replayed = "replayed",
    }
}

impl EventKind {
    /// Whether the login history shows it to the person. Consents and dealer links have
    /// pages of their own, and a code that was sent is followed by what it was for.
    #[must_use]
    pub const fn is_for_person(self) -> bool {
        matches!(
            self,
            Self::Login
                | Self::Reauthentication
                | Self::SignOn
                | Self::SessionEnded
                | Self::DeviceTrusted
                | Self::DeviceTrustEnded
                | Self::AccountRegistered
                | Self::AccountImported
                | Self::AccountImportChanged
                | Self::AccountClosed
                | Self::AccountReopened
                | Self::PasswordChanged
                | Self::Recovery
                | Self::EmailChanged
                | Self::EmailChangeUndone
                | Self::PhoneLoginOn
                | Self::PhoneLoginOff
                | Self::PasskeyAdded
                | Self::PasskeyRemoved
                | Self::AppAdded
                | Self::AppRemoved
                | Self::RecoveryCodesMade
                | Self::RecoveryCodeUsed
                | Self::TwoStepsOn
                | Self::TwoStepsOff
                | Self::ChangeWaits
                | Self::ChangeCancelled
                | Self::BirthdateChanged
                | Self::CodeChecked
                | Self::RefreshTokenReplayed
        )
    }
}

/// A security event. Where it came from is told by its [`super::Origin`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// What happened.
    pub kind: EventKind,
    /// Why it failed; `None` if it succeeded.
    pub reason: Option<Reason>,
    /// The account that it is about.
    pub account_id: Option<String>,
    /// The client that took part, if it is another than the origin's.
    pub client_id: Option<String>,
    /// Further facts by name.
    pub detail: BTreeMap<&'static str, String>,
}

impl Event {
    /// An event that succeeded.
    #[must_use]
    pub const fn new(kind: EventKind) -> Self {
        Self {
            kind,
            reason: None,
            account_id: None,
            client_id: None,
            detail: BTreeMap::new(),
        }
    }

    /// An attempt that failed.
    #[must_use]
    pub const fn failed(kind: EventKind, reason: Reason) -> Self {
        let mut event = Self::new(kind);
        event.reason = Some(reason);
        event
    }

    /// The same event, about an account.
    #[must_use]
    pub fn of(mut self, account_id: &str) -> Self {
        self.account_id = Some(account_id.to_owned());
        self
    }

    /// The same event, with a client.
    #[must_use]
    pub fn client(mut self, client_id: &str) -> Self {
        self.client_id = Some(client_id.to_owned());
        self
    }

    /// The same event with a further fact: a word of a closed list, an identifier that we
    /// made, or a number.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Display) -> Self {
        self.detail.insert(name, value.to_string());
        self
    }
}
