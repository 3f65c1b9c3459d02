//! Sends the verification code of a registration: checks the limits per address, IP address
//! and interaction, and derives the code. It never looks up whether the address has an
//! account, so it cannot reveal that.

use super::code_rule;
use crate::accounts::email_address::EmailAddress;
use crate::accounts::one_time_code::Destination;
use crate::accounts::registration::RegistrationDraft;
use crate::accounts::verification_code::{CodeLength, IssuedCode, Sending, VerificationCode};
use crate::ephemeral::Limit;
use crate::fault::Fault;
use crate::http::refusal::PageRefusal;
use crate::interaction::state::Interaction;
use crate::interaction::visit::Visit;
use crate::mail::message::Message;
use crate::one_time_codes::limits::{self, Caller, HOUR};
use crate::one_time_codes::one_time_code;
use crate::screens::code_page::Asked;
use crate::seal::{Purpose, Sealer};

/// Records `address`, and sends a code there if one may be sent now.
pub(super) async fn send(visit: &mut Visit, address: &EmailAddress) -> Result<Asked, PageRefusal> {
    let now = visit.app.clock.now();
    let rule = code_rule(visit);
    let serial = one_time_code::new_serial(&visit.app);
    let mut draft = visit.interaction.draft.clone();
    draft.name_email(address.clone());
    let is_due = matches!(draft.code_due(serial, &rule, now), Sending::Send(_));
    if is_due && !within_limits(visit, address).await? {
        return Ok(Asked::TooMany);
    }
    // This decides again on the newest state, so that of two simultaneous requests one
    // sends a code and the other waits.
    let sending = visit
        .save(|interaction| {
            interaction.draft.name_email(address.clone());
            let sending = interaction.draft.code_due(serial, &rule, now);
            if let Sending::Send(code) = &sending {
                interaction.draft.code_sent(code.clone());
            }
            if interaction.draft.code.is_some() {
                interaction.progress.name_address();
            }
            sending
        })
        .await?;
    match sending {
        Sending::Wait(wait) => Ok(Asked::Wait(wait)),
        Sending::Send(code) => {
            mail(visit, address, &code).await?;
            Ok(Asked::Sent)
        }
    }
}

async fn mail(visit: &Visit, address: &EmailAddress, issued: &IssuedCode) -> Result<(), Fault> {
    let code = derived(&visit.app.sealer, &visit.interaction.id, address, issued);
    let message = Message::VerificationCode {
        to: address,
        code: &code,
        expires_at: issued.expires_at,
    };
    let to = Destination::Mailbox(address.clone());
    let awaited_as = one_time_code::awaited_as(&visit.app, &visit.interaction.id, &to);
    let outbox = &visit.app.outbox;
    outbox
        .post_awaited(&visit.brand, visit.locale, &message, awaited_as)
        .await
}

/// Derives an issued code from our key, the interaction, the address and its serial number,
/// so that it is stored nowhere (ASVS 6.5.2).
fn derived(
    sealer: &Sealer,
    interaction: &str,
    address: &EmailAddress,
    code: &IssuedCode,
) -> VerificationCode {
    let serial = code.serial.to_be_bytes();
    let parts = [interaction.as_bytes(), address.key().as_bytes(), &serial];
    let mac = sealer.mac(Purpose::VerificationCode, &parts);
    VerificationCode::derive(&mac, CodeLength::Six)
}

/// Returns the code that was sent last in this interaction.
pub(super) fn right_code(sealer: &Sealer, interaction: &Interaction) -> Option<VerificationCode> {
    let RegistrationDraft {
        email: Some(address),
        code: Some(code),
        ..
    } = &interaction.draft
    else {
        return None;
    };
    Some(derived(sealer, &interaction.id, address, code))
}

/// Counts one more code, and returns whether it may be sent.
async fn within_limits(visit: &Visit, address: &EmailAddress) -> Result<bool, Fault> {
    let app = &visit.app;
    let of = format!("codes-in:{}", visit.interaction.id);
    let (window, most) = (
        app.config.interactions.lifetime,
        app.config.registration.codes_per_interaction,
    );
    let to = Destination::Mailbox(address.clone());
    let stranger = (Caller::Stranger, visit.address);
    limits::may_send(
        app,
        &visit.brand,
        stranger,
        &to,
        Limit::new(of, window, most),
    )
    .await
}

/// Counts an attempt at the codes of this interaction for this address, and from this IP
/// address, before the code is compared; returns whether it is within the limits. Nobody's
/// guesses in another interaction count here.
pub(super) async fn may_try(visit: &Visit, address: &EmailAddress) -> Result<bool, Fault> {
    let limits = [guesses_from(visit), vec![guesses_here(visit, address)]].concat();
    visit.app.ephemeral.count_within(&limits).await
}

/// Takes the count of the network back and resets that of the interaction after a right
/// code.
pub(super) async fn succeeded(visit: &Visit, address: &EmailAddress) -> Result<(), Fault> {
    let ephemeral = &visit.app.ephemeral;
    ephemeral.take_back(&guesses_from(visit)).await?;
    ephemeral.reset(&guesses_here(visit, address)).await
}

fn guesses_from(visit: &Visit) -> Vec<Limit> {
    let most = visit.app.config.registration.wrong_codes_per_ip_hour;
    visit.address.limits("wrong-codes-from", HOUR, most)
}

fn guesses_here(visit: &Visit, address: &EmailAddress) -> Limit {
    let hidden = limits::hidden(&visit.app, &Destination::Mailbox(address.clone()));
    let of = format!("code-wrong:{}:{hidden}", visit.interaction.id);
    let most = visit.app.config.registration.wrong_per_address_hour;
    Limit::new(of, HOUR, most)
}
