//! How a client would like our pages to look (OpenID Connect Core §3.1.2.1).
//! They look the same for each: one page fits a phone, a popup and a desk.

crate::wire_words! {
    /// A value of the `display` parameter.
    pub enum Display {
        /// A full page.
        Page = "page",
        /// A popup window.
        Popup = "popup",
        /// A device with a touch screen.
        Touch = "touch",
        /// A feature phone.
        Wap = "wap",
    }
}
