//! How strongly a person authenticated: the `acr` values we can attain
//! (OpenID Connect Core §2). An absolute URI each, as the specification asks.

crate::wire_words! {
    /// A value of `acr`.
    pub enum AuthenticationContext {
        /// A password over TLS (SAML 2.0 Authentication Context §3.4.4, the common name for it).
        Password = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport",
    }
}
