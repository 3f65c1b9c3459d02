//! How a client wants our pages to be displayed (OpenID Connect Core §3.1.2.1). The value
//! changes nothing: one design fits a phone, a popup and a desktop.

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
