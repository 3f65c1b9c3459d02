//! Limits on sending codes: to one mailbox or phone, from one address, in one interaction
//! or for one account, and by a brand as a whole. Mass mailings annoy their receivers, and
//! SMS cost money. This module does not know whether anybody has an account.

use std::time::Duration;

use crate::accounts::one_time_code::Destination;
use crate::app::App;
use crate::brand::Brand;
use crate::ephemeral::Key;
use crate::fault::Fault;
use crate::http::client_address::ClientAddress;
use crate::seal::Purpose;

/// The window of the hourly limits.
pub const HOUR: Duration = Duration::from_secs(60 * 60);

/// The window of the daily limits.
pub const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A maximum number within a window.
#[derive(Clone, Debug)]
pub struct Limit {
    /// The key that is counted.
    pub of: String,
    /// The length of the window, from the first count.
    pub window: Duration,
    /// The maximum.
    pub most: u64,
}

impl Limit {
    /// Counts one more; returns whether it is within the limit.
    async fn count(&self, app: &App) -> Result<bool, Fault> {
        let counted = app.ephemeral.count(Key::Rate(&self.of), self.window);
        Ok(counted.await? <= self.most)
    }
}

/// Counts one more code; returns whether it may be sent. `own` is the caller's own limit.
///
/// # Errors
/// `Fault` if short-lived state is unreachable.
pub async fn may_send(
    app: &App,
    brand: &Brand,
    from: ClientAddress,
    to: &Destination,
    own: Limit,
) -> Result<bool, Fault> {
    let settings = &app.config.registration;
    let hidden = hidden(app, to);
    let limit = |of, window, most| Limit { of, window, most };
    let limits = [
        limit(
            format!("codes-hour:{hidden}"),
            HOUR,
            settings.codes_per_address_hour,
        ),
        limit(
            format!("codes-day:{hidden}"),
            DAY,
            settings.codes_per_address_day,
        ),
        limit(
            format!("codes-from:{}", from.counted_as()),
            HOUR,
            settings.codes_per_ip_hour,
        ),
        own,
    ];
    let mut within = true;
    for limit in &limits {
        within &= limit.count(app).await?;
    }
    // The brand's limit comes last and counts only codes that would be sent: a refused
    // request does not use up the limit of others.
    Ok(within && brand_may_send(app, brand, to).await?)
}

/// Counts one more domain look-up from that address; returns whether it is allowed. The
/// limit is that of codes.
///
/// # Errors
/// `Fault` if short-lived state is unreachable.
pub async fn may_look_up_domain(app: &App, from: ClientAddress) -> Result<bool, Fault> {
    let limit = Limit {
        of: format!("domains-from:{}", from.counted_as()),
        window: HOUR,
        most: app.config.registration.codes_per_ip_hour,
    };
    limit.count(app).await
}

async fn brand_may_send(app: &App, brand: &Brand, to: &Destination) -> Result<bool, Fault> {
    let settings = &app.config.registration;
    let (channel, most) = match to {
        Destination::Mailbox(_) => ("mail", settings.mails_per_brand_hour),
        Destination::Phone(_) => ("sms", settings.sms_per_brand_hour),
    };
    let limit = Limit {
        of: format!("codes-by:{}:{channel}", brand.name),
        window: HOUR,
        most,
    };
    let within = limit.count(app).await?;
    if !within {
        tracing::warn!(
            brand = brand.name,
            channel,
            most,
            "no more codes are sent within this hour"
        );
    }
    Ok(within)
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
