//! Why a response is refused. For the log: a person reads one sentence, whatever it was.

/// What is wrong with what a browser brought back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is no response at all, or a part of it is broken.
    #[error("the response cannot be read")]
    Unreadable,
    /// It answers the other ceremony.
    #[error("clientDataJSON is of the wrong type")]
    Type,
    /// It answers another challenge.
    #[error("the challenge is not the one that was given")]
    Challenge,
    /// It was made on another site.
    #[error("the origin is not ours")]
    Origin,
    /// It was made in a frame of another site.
    #[error("the page was in a frame of another origin")]
    CrossOrigin,
    /// The authenticator answered another relying party.
    #[error("rpIdHash is not of our RP ID")]
    RelyingParty,
    /// Nobody touched the authenticator.
    #[error("the user was not present")]
    NotPresent,
    /// Nobody unlocked it.
    #[error("the user was not verified")]
    NotVerified,
    /// It is copied, but cannot be; or it could not be, and now can.
    #[error("the backup flags contradict themselves or what they were")]
    Backup,
    /// The key is of no algorithm that we asked for, or no key.
    #[error("the public key is not one that we can use")]
    PublicKey,
    /// The names of the credential differ, or are too long.
    #[error("the credential ID is not lawful")]
    CredentialId,
    /// We do not know the credential.
    #[error("the credential is not known")]
    UnknownCredential,
    /// It is another person's.
    #[error("the user handle is not the credential's")]
    UserHandle,
    /// The key did not sign this.
    #[error("the signature is wrong")]
    Signature,
    /// The counter stood still or went back: there may be a copy of the authenticator.
    #[error("the signature counter did not go on")]
    Counter,
}
