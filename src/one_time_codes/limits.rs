//! How many codes may be sent: to one mailbox or phone, from one place, in one
//! interaction or for one account, and by a brand as a whole. Mails in masses
//! annoy whoever gets them unasked, and SMS cost money besides: nobody can have
//! many sent. Whether anybody has an account is not known here.

use std::time::Duration;

use crate::accounts::one_time_code::Destination;
use crate::app::App;
use crate::brand::Brand;
use crate::ephemeral::Key;
use crate::fault::Fault;
use crate::http::client_address::ClientAddress;
use crate::seal::Purpose;

/// The window of the limits by the hour.
pub const HOUR: Duration = Duration::from_secs(60 * 60);

/// The window of the limits by the day.
pub const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// So many within a window.
#[derive(Clone, Debug)]
pub struct Limit {
    /// What is counted.
    pub of: String,
    /// From the first one on.
    pub window: Duration,
    /// The most there may be.
    pub most: u64,
}

impl Limit {
    /// Counts one more, and says whether it is within.
    async fn count(&self, app: &App) -> Result<bool, Fault> {
        let counted = app.ephemeral.count(Key::Rate(&self.of), self.window);
        Ok(counted.await? <= self.most)
    }
}

/// Counts one more code, and says whether it may go out. `own` is the limit of
/// whatever asks for it.
///
/// # Errors
/// If short-lived state cannot be reached.
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
    // Last, and only what would go out: who is refused uses up nobody else's.
    Ok(within && brand_may_send(app, brand, to).await?)
}

/// Counts one more domain looked up for somebody there, and says whether it may be: as
/// many as codes.
///
/// # Errors
/// If short-lived state cannot be reached.
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

/// The name a destination is counted under: no address and no number stands in a
/// counter.
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
