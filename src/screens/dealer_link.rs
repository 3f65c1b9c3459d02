//! Linking an account with a dealer: ⑩ and ⑮, and before them the choice of a dealer if the
//! client named none. A person who is too young to consent alone gets a page that says so.

pub mod choice;
pub mod complete;
pub mod consent;
pub mod guardian;

use crate::accounts::dealer::Dealer;
use crate::app::App;
use crate::locale::Locale;

/// Returns the dealer's name in a language.
fn name_in(dealer: &Dealer, locale: Locale) -> &str {
    match locale {
        Locale::Ja => &dealer.legal.name,
        Locale::En => &dealer.name_en,
    }
}

/// Returns the name of the dealer that now stands for the dealer `code`.
pub(super) fn present_name(app: &App, locale: Locale, code: &str) -> String {
    let dealer = app.dealers.present(code);
    let code = dealer.as_ref().map_or(code, |dealer| &dealer.code);
    dealer_name(app, locale, code)
}

/// Returns the name of the dealer `code`, or the code itself if it is not in the directory.
pub(super) fn dealer_name(app: &App, locale: Locale, code: &str) -> String {
    let dealer = app.dealers.get(code);
    dealer.map_or_else(
        || code.to_owned(),
        |dealer| name_in(&dealer, locale).to_owned(),
    )
}
