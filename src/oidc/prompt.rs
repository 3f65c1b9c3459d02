//! The prompts that a client can require (OpenID Connect Core §3.1.2.1).

crate::wire_words! {
    /// One value of the `prompt` parameter.
    pub enum Prompt {
        /// Show no page; return an error if one would have to be shown.
        None = "none",
        /// Authenticate again.
        Login = "login",
        /// Ask for consent again.
        Consent = "consent",
        /// Let the user choose the account.
        SelectAccount = "select_account",
        /// Register a new account (Initiating User Registration via OpenID Connect 1.0).
        Create = "create",
    }
}
