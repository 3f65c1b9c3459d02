//! Why the response of a ceremony is refused. The reason is logged; the page shows the same
//! sentence for every reason.

/// What is wrong with the response of a ceremony.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The response, or a part of it, cannot be parsed.
    #[error("the response cannot be read")]
    Unreadable,
    /// The response belongs to the other ceremony.
    #[error("clientDataJSON is of the wrong type")]
    Type,
    /// The response answers another challenge.
    #[error("the challenge is not the one that was given")]
    Challenge,
    /// The response was made on another site.
    #[error("the origin is not ours")]
    Origin,
    /// The response was made in a frame of another origin.
    #[error("the page was in a frame of another origin")]
    CrossOrigin,
    /// The authenticator acted for another RP ID.
    #[error("rpIdHash is not of our RP ID")]
    RelyingParty,
    /// The user did not touch the authenticator.
    #[error("the user was not present")]
    NotPresent,
    /// The user did not unlock the authenticator.
    #[error("the user was not verified")]
    NotVerified,
    /// The passkey is backed up but not eligible for backup, or its eligibility changed.
    #[error("the backup flags contradict themselves or what they were")]
    Backup,
    /// The key cannot be read, or its algorithm was not requested.
    #[error("the public key is not one that we can use")]
    PublicKey,
    /// The two credential IDs differ.
    #[error("the credential ID is not lawful")]
    CredentialId,
    /// No passkey with this credential ID is stored.
    #[error("the credential is not known")]
    UnknownCredential,
    /// The user handle is missing or belongs to another account.
    #[error("the user handle is not the credential's")]
    UserHandle,
    /// The signature does not verify.
    #[error("the signature is wrong")]
    Signature,
    /// The signature counter did not increase: the authenticator may have been cloned.
    #[error("the signature counter did not go on")]
    Counter,
}
