//! How an authorization response is delivered to the client.

crate::wire_words! {
    /// A value of `response_mode` (OAuth 2.0 Multiple Response Types; Form Post Response Mode).
    pub enum ResponseMode {
        /// In the redirect URI's query.
        Query = "query",
        /// In the redirect URI's fragment.
        Fragment = "fragment",
        /// In the body of a form that the browser posts.
        FormPost = "form_post",
    }
}
