//! Limits on sending codes: to one mailbox or phone, from one address, in one interaction
//! or for one account, and by a brand as a whole. Mass mailings annoy their receivers, and
//! SMS cost money. Strangers have budgets of their own, so that nobody can use up those of
//! people who logged in (`docs/decisions/0027-budgets-of-strangers-and-of-members.md`). This
//! module does not know whether anybody has an account.

use std::time::Duration;

use crate::accounts::one_time_code::Destination;
use crate::app::App;
use crate::brand::Brand;
use crate::ephemeral::{Limit, note_refusal};
use crate::fault::Fault;
use crate::http::client_address::ClientAddress;
use crate::seal::Purpose;

/// The window of the hourly limits.
pub const HOUR: Duration = Duration::from_secs(60 * 60);

/// The window of the daily limits.
pub const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Who asks for a code, or types one: each has budgets of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// Somebody who proved nothing.
    Stranger,
    /// Somebody who is logged in, and asks for a code to any mailbox or phone.
    Member,
    /// A person in a browser in which this account logged in before, or whose password was
    /// just proven, who asks for a code to the account's own mailbox or phone.
    Known,
}

impl Caller {
    /// Returns the prefix of the counters.
    const fn budget(self) -> &'static str {
        match self {
            Self::Stranger => "",
            Self::Member | Self::Known => "member-",
        }
    }

    /// Returns the limits of what the caller may do from an address. A known browser is not
    /// refused for what others do in its network.
    pub(super) fn limits_from(
        self,
        from: ClientAddress,
        counter: &str,
        (window, most): (Duration, u64),
    ) -> Vec<Limit> {
        if self == Self::Known {
            return Vec::new();
        }
        from.limits(&format!("{}{counter}", self.budget()), window, most)
    }
}

/// Counts one more code; returns whether it may be sent. `own` is the caller's own limit.
/// A refusal counts nothing.
///
/// # Errors
/// `Fault` if short-lived state is unreachable.
pub async fn may_send(
    app: &App,
    brand: &Brand,
    (caller, from): (Caller, ClientAddress),
    to: &Destination,
    own: Limit,
) -> Result<bool, Fault> {
    let settings = &app.config.registration;
    let (hidden, budget) = (hidden(app, to), caller.budget());
    let limit = |name, window, most| {
        let of = format!("{budget}{name}:{hidden}");
        Limit::new(of, window, most)
    };
    let mut limits = caller.limits_from(from, "codes-from", (HOUR, settings.codes_per_ip_hour));
    limits.extend([
        limit("codes-hour", HOUR, settings.codes_per_address_hour),
        limit("codes-day", DAY, settings.codes_per_address_day),
        Limit {
            of: format!("{budget}{}", own.of),
            ..own
        },
    ]);
    let of_brand = of_brand(app, brand, caller, to);
    if !app.ephemeral.is_within(&limits).await? {
        note_refusal(&limits);
        return Ok(false);
    }
    if !app
        .ephemeral
        .is_within(std::slice::from_ref(&of_brand))
        .await?
    {
        note_refusal(std::slice::from_ref(&of_brand));
        let most = of_brand.most;
        let of = of_brand.of;
        tracing::warn!(of, most, "no more codes are sent within this hour");
        return Ok(false);
    }
    limits.push(of_brand);
    app.ephemeral.count_within(&limits).await
}

/// Counts one more domain look-up from that address; returns whether it is allowed. The
/// limit is that of codes.
///
/// # Errors
/// `Fault` if short-lived state is unreachable.
pub async fn may_look_up_domain(app: &App, from: ClientAddress) -> Result<bool, Fault> {
    let most = app.config.registration.codes_per_ip_hour;
    let limits = from.limits("domains-from", HOUR, most);
    app.ephemeral.count_within(&limits).await
}

/// Returns the limit of all codes that a brand sends by that channel: one for strangers, and
/// one for people who logged in.
fn of_brand(app: &App, brand: &Brand, caller: Caller, to: &Destination) -> Limit {
    let settings = &app.config.registration;
    let (channel, strangers, members) = match to {
        Destination::Mailbox(_) => (
            "mail",
            settings.mails_per_brand_hour,
            settings.member_mails_per_brand_hour,
        ),
        Destination::Phone(_) => (
            "sms",
            settings.sms_per_brand_hour,
            settings.member_sms_per_brand_hour,
        ),
    };
    let most = match caller {
        Caller::Stranger => strangers,
        Caller::Member | Caller::Known => members,
    };
    let of = format!("{}codes-by:{}:{channel}", caller.budget(), brand.name);
    Limit::new(of, HOUR, most)
}

/// The keyed hash under which a destination is counted: a counter contains no address and
/// no phone number.
#[must_use]
pub fn hidden(app: &App, to: &Destination) -> String {
    let number;
    let parts: [&[u8]; 2] = match to {
        Destination::Mailbox(address) => [b"mailbox", address.key().as_bytes()],
        Destination::Phone(phone) => {
            number = phone.e164();
            [b"phone", number.as_bytes()]
        }
    };
    let mac = app.sealer.mac(Purpose::Fingerprint, &parts);
    mac.iter().map(|byte| format!("{byte:02x}")).collect()
}
