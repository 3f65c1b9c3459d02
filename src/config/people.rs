//! The settings for users: registration and verification codes, login, changes of the
//! account, and dealer links.

use std::time::Duration;

use super::declared::settings;
use super::document::Value;
use super::reader;
use super::units::{DAY, HOUR, MILLISECOND, MINUTE, SECOND};
use crate::accounts::password::PasswordPolicy;
use crate::accounts::refused_domains::RefusedDomains;

settings! {
    /// Registration and its verification codes.
    pub struct RegistrationSettings in "registration" of config {
        /// The rule for new passwords: seed-2020 or modern.
        password_policy: PasswordPolicy = reader::word, PasswordPolicy::Seed2020;
        /// For how long a verification code is valid.
        code_lifetime: Duration = reader::duration, 10 * MINUTE,
            within 3 * MINUTE => HOUR;
        /// The least time between two codes to one address.
        resend_wait: Duration = reader::duration, 60 * SECOND,
            within 10 * SECOND => config.registration.code_lifetime;
        /// Codes to one address in an hour.
        codes_per_address_hour: u64 = reader::number, 5, within 1 => 100;
        /// Codes to one address in a day.
        codes_per_address_day: u64 = reader::number, 10, within 1 => 1_000;
        /// Codes in one interaction.
        codes_per_interaction: u64 = reader::number, 20, within 1 => 1_000;
        /// Codes requested from one IP address in an hour.
        codes_per_ip_hour: u64 = reader::number, 100, within 1 => 1_000_000;
        /// Codes by mail to all addresses, for each brand in an hour; set it higher than your
        /// busiest hour.
        mails_per_brand_hour: u64 = reader::number, 50_000, within 1 => 10_000_000;
        /// Codes by SMS, for each brand in an hour; limits the cost of an attack.
        sms_per_brand_hour: u64 = reader::number, 5_000, within 1 => 1_000_000;
        /// Codes by mail to people who are logged in or in a browser they used before, for each
        /// brand in an hour; others cannot use them up.
        member_mails_per_brand_hour: u64 = reader::number, 50_000, within 1 => 10_000_000;
        /// Codes by SMS to the same people, for each brand in an hour.
        member_sms_per_brand_hour: u64 = reader::number, 5_000, within 1 => 1_000_000;
        /// For how long the name, numbers and address of an unfinished registration are kept,
        /// sealed, for the same browser and mailbox; set to interactions.lifetime, no
        /// longer than the registration itself.
        draft_lifetime: Duration = reader::duration, DAY,
            within config.interactions.lifetime => DAY;
        /// Wrong attempts at one code.
        // How likely a guess is follows from these settings: decision 0027.
        wrong_per_code: u32 = reader::number, 5, within 1 => 10;
        /// Wrong attempts at one recovery code, which has eight digits.
        wrong_per_recovery_code: u32 = reader::number, 4, within 1 => 10;
        /// Wrong attempts at the codes of one address in one interaction, in an hour.
        wrong_per_address_hour: u64 = reader::number, 20, within 1 => 100;
        /// Wrong attempts at codes from one IP address in an hour.
        wrong_codes_per_ip_hour: u64 = reader::number, 50, within 1 => 10_000;
        /// Wrong attempts at recovery codes from one IP address in a day, in browsers that the
        /// account did not use before.
        wrong_recovery_codes_per_ip_day: u64 = reader::number, 9, within 1 => 1_000;
        /// Disposable mailboxes, which are refused as a login ID: one domain a line, including its
        /// subdomains; default: none is refused.
        refused_email_domains as "refused_email_domains_file": RefusedDomains = refused_domains,
            RefusedDomains::default();
    }
}

/// Reads the domains from a file.
fn refused_domains(value: &Value) -> Result<RefusedDomains, String> {
    let file = reader::path(value)?;
    let read = std::fs::read_to_string(&file).map_err(|error| error.to_string());
    let list = read.and_then(|text| {
        RefusedDomains::read(&text).map_err(|line| format!("line {line} is no domain"))
    });
    list.map_err(|wrong| format!("{}: {wrong}", file.display()))
}

settings! {
    /// Links with dealers.
    #[derive(Copy)]
    pub struct DealerLinkSettings in "dealer_links" of config {
        /// People known to be younger, in years, cannot link a dealer without a parent or guardian;
        /// 0: everybody can.
        guardian_below: u8 = reader::number, 16;
    }
}

settings! {
    /// Throttling of logins: never a permanent lock (ASVS 6.1.1).
    pub struct LoginSettings in "login" of config {
        /// The time in which wrong passwords are counted; no lock lasts longer.
        window: Duration = reader::duration, 15 * MINUTE,
            within MINUTE => DAY;
        /// Wrong passwords for one account from one IP address.
        wrong_per_account_and_ip: u64 = reader::number, 10, within 1 => 100;
        /// Wrong passwords for one account from all IP addresses.
        wrong_per_account: u64 = reader::number, 100, within 1 => 10_000;
        /// Wrong passwords from one IP address.
        wrong_per_ip: u64 = reader::number, 200, within 1 => 1_000_000;
        /// Mails to one person in an hour of logins in new browsers; the list of logins has all.
        new_device_mails_per_hour: u64 = reader::number, 10, within 1 => 1_000;
        /// Wrong codes of an authenticator app, and wrong recovery codes, for one account in a
        /// day: from all browsers in which its owner gave no second factor before, and in each
        /// other one.
        wrong_second_factors_per_day: u64 = reader::number, 10, within 1 => 100;
        /// Whether password recovery asks for the birthdate besides the code.
        recovery_asks_birthdate: bool = reader::truth, false;
        /// A wrong login is answered no sooner, so that the time reveals nothing.
        // Checking an imported hash of another scheme takes a different time until it is
        // renewed.
        wrong_answer_after as "wrong_answer_after_ms": Duration = reader::milliseconds,
            500 * MILLISECOND;
    }
}

settings! {
    /// Changes of an account by its user.
    pub struct AccountSettings in "account" of config {
        /// For how long the owner of the old mailbox may undo a change of the e-mail address.
        email_undo_lifetime: Duration = reader::duration, 7 * DAY,
            within DAY => 30 * DAY;
        /// A change of what protects an account waits for so long if its owner could not use the
        /// strongest factor; they are told, and can cancel it.
        change_delay: Duration = reader::duration, 3 * DAY,
            within DAY => 30 * DAY;
        /// The least time between two corrections of a birthdate.
        birthdate_change_wait: Duration = reader::duration, 30 * DAY,
            within DAY => 400 * DAY;
        /// Consents to services and links with dealers that one person can agree to in a day: each
        /// is recorded for ever.
        consents_per_day: u64 = reader::number, 1000, within 10 => 100_000;
    }
}

settings! {
    /// Logins of devices that cannot show a login page (RFC 8628).
    pub struct DeviceSettings in "device" of config {
        /// For how long the codes of one device are valid.
        code_lifetime: Duration = reader::duration, 10 * MINUTE,
            within MINUTE => 30 * MINUTE;
        /// The least time between two polls of one device.
        interval: Duration = reader::duration, 5 * SECOND,
            within SECOND => MINUTE;
        /// The time in which wrong user codes are counted.
        window: Duration = reader::duration, 15 * MINUTE,
            within MINUTE => DAY;
        /// Wrong user codes in one browser.
        wrong_per_browser: u64 = reader::number, 10, within 1 => 100;
        /// Wrong user codes from one IP address.
        wrong_per_ip: u64 = reader::number, 50, within 1 => 10_000;
        /// Device codes for devices of public clients, from one IP address in an hour.
        requests_per_ip_hour: u64 = reader::number, 200, within 1 => 1_000_000;
    }
}
