# Mails and SMS. Plain text without any URL: carriers offer to reject mail that has one.

mail-verification-code-subject = { $brand }: your verification code
mail-verification-code-text =
    Thank you for using the { $brand }.

    Verification code: { $code }

    Enter these digits on the page where you were asked for them.
    The code is good for { $minutes } minutes.

    Do not tell this code to anyone. Our staff will never ask for it.
    If you do not know why you got this mail, please discard it. Nothing happens unless the code is entered.
    This mail was sent from an address that cannot receive replies.

mail-welcome-subject = { $brand }: your ID is ready
mail-welcome-text =
    You have obtained your { $brand }.

    ID (e-mail address): { $email }

    To log in, use this e-mail address and the password you chose.

    If this was not you, someone else may be able to read your mail. Change the password of your mailbox and contact customer support.
    This mail was sent from an address that cannot receive replies.

mail-already-registered-subject = { $brand }: already registered
mail-already-registered-text =
    Someone asked for a new { $brand } with this e-mail address. It is registered already, so no new ID was made.

    ID (e-mail address): { $email }

    Please log in with the ID you have.

    If this was not you, please discard this mail. Nothing about your ID was changed.
    This mail was sent from an address that cannot receive replies.

sms-verification-code-text =
    { $brand } verification code: { $code }
    Do not tell this code to anyone.

    @{ $domain } #{ $code }

sms-change-waits-text =
    { $brand }: a change was requested and takes effect in { $hours } hours.
    { $change ->
        [email] Change of the e-mail address
        [phone-login-on] Login by a mobile number
        [phone-login-off] End of login by mobile number
        [passkey-added] New passkey
        [passkey-removed] Removal of a passkey
        [password] Change of the password
       *[other] Closing of the account
    }
    If it was not you, cancel it at { $domain }/change-cancel
    Cancel code: { $code }

sms-recovered-text =
    { $brand }: your password was reset with a code sent by mail, and login with this number was switched off. If this was not you, contact customer support.

mail-password-changed-subject = { $brand }: your password was changed
mail-password-changed-text =
    The password of your { $brand } was changed.

    ID (e-mail address): { $email }

    To be safe, you were logged out on all other devices.{ $ended ->
        [none] {""}
       *[other] {" "}Changes that were waiting ({ $ended }) were cancelled.
    }

    If this was not you, someone else may be able to read your mail. Choose a new password at once with “Forgot your password?” on the login page, and contact customer support.
    This mail was sent from an address that cannot receive replies.

mail-recovered-by-mail-subject = { $brand }: your password was changed
mail-recovered-by-mail-text =
    The password of your { $brand } was reset with a code sent by mail.

    ID (e-mail address): { $email }

    To be safe, all devices were logged out, and what the code did not prove was switched off:
    - Login by mobile number: { $number ->
        [none] was not set up
       *[other] { $number } (a code to this number can confirm it at the next login)
    }
    - Passkeys: { $passkeys ->
        [none] there were none
       *[other] { $passkeys }
    }
    - Authenticator app, recovery codes and two-step login, if they were set up

    To go on using them, set them up again on your own page.

    If this was not you, someone else may be able to read your mail. Choose a new password at once with “Forgot your password?” on the login page, and contact customer support.
    This mail was sent from an address that cannot receive replies.

mail-recovered-by-sms-subject = { $brand }: your password was changed
mail-recovered-by-sms-text =
    The password of your { $brand } was reset with a code sent by SMS.

    ID (e-mail address): { $email }

    To be safe, all devices were logged out, and what the code did not prove was switched off:
    - Passkeys: { $passkeys ->
        [none] there were none
       *[other] { $passkeys }
    }
    - Authenticator app, recovery codes and two-step login, if they were set up

    To go on using them, set them up again on your own page.

    If this was not you, someone else may be using your mobile number. Choose a new password at once with “Forgot your password?” on the login page and your e-mail address (login by mobile number is then switched off).
    This mail was sent from an address that cannot receive replies.

mail-change-waits-subject = { $brand }: a change was requested (you can cancel it if it was not you)
mail-change-waits-text =
    This change of your { $brand } was requested.

    ID (e-mail address): { $email }
    Change: { $change ->
        [email] Change of the e-mail address
        [phone-login-on] Login by a mobile number
        [phone-login-off] End of login by mobile number
        [passkey-added] New passkey
        [passkey-removed] Removal of a passkey
        [password] Change of the password
       *[other] Closing of the account
    }

    The strongest way to log in was not used, so the change takes effect in { $hours } hours.

    If this was you, there is nothing to do.
    If not, someone else may know your password. Enter this cancel code at { $domain }/change-cancel (or on the login page under “Forgot your password?” and “Cancel a change that you did not ask for”), and choose a new password right afterwards.

    Cancel code: { $code }

    This mail was sent from an address that cannot receive replies.

mail-birthdate-changed-subject = { $brand }: your date of birth was changed
mail-birthdate-changed-text =
    The date of birth registered with your { $brand } was changed.

    ID (e-mail address): { $email }

    You can see what it is now on your own page, under “Edit your information”.

    If this was not you, someone else may be able to use your password and your codes. Change your password on your own page at once (you are then logged out on all other devices), and contact customer support, who can set the date of birth back.
    This mail was sent from an address that cannot receive replies.

mail-goodbye-subject = { $brand }: your account is closed
mail-goodbye-text =
    Your { $brand } is closed. Thank you for having used it.

    ID (e-mail address): { $email }

    The links with services and dealers have ended. What you had registered is deleted after 14 days; until then, you can log in to open your account again.
    The records of your consents to share information are kept for the time the law demands.

    If this was not you, please contact customer support.
    This mail was sent from an address that cannot receive replies.

mail-reopened-subject = { $brand }: your account is open again
mail-reopened-text =
    Your { $brand } was closed and is open again. Please link services and dealers again where you want to.

    ID (e-mail address): { $email }

    This mail was sent from an address that cannot receive replies.

mail-phone-login-on-subject = { $brand }: you can log in by mobile number
mail-phone-login-on-text =
    You can now log in to the { $brand } with your mobile number.

    ID (e-mail address): { $email }
    Mobile number: { $number }

    If this was not you, someone else may be logged in. Choose a new password at once with “Forgot your password?” on the login page, and switch “Log in by mobile number” off on your account page.
    This mail was sent from an address that cannot receive replies.

mail-phone-login-off-subject = { $brand }: no more login by mobile number
mail-phone-login-off-text =
    You can no longer log in to the { $brand } with this mobile number.

    ID (e-mail address): { $email }
    Mobile number: { $number }

    Please log in with your e-mail address. You can switch login by mobile number on again on your account page at any time.

    If this was not you, someone else may be logged in. Choose a new password at once with “Forgot your password?” on the login page, and contact customer support.
    This mail was sent from an address that cannot receive replies.

mail-phone-login-taken-subject = { $brand }: no more login by mobile number
mail-phone-login-taken-text =
    This mobile number was set up to log in to another ID, so you can no longer log in to the { $brand } with it.

    ID (e-mail address): { $email }
    Mobile number: { $number }

    Please log in with your e-mail address.

    If you still use this number, you can set it up again under “Log in by mobile number” on your account page.
    This mail was sent from an address that cannot receive replies.

mail-passkey-added-subject = { $brand }: a passkey was added
mail-passkey-added-text =
    A passkey for { $domain } was added to your { $brand }. From now on you can log in with it, too.

    ID (e-mail address): { $email }

    If this was not you, someone else may be logged in. Choose a new password at once with “Forgot your password?” on the login page, and remove any passkey you do not know under “Passkeys” on your account page.
    This mail was sent from an address that cannot receive replies.

mail-passkey-removed-subject = { $brand }: a passkey was removed
mail-passkey-removed-text =
    A passkey of your { $brand } was removed. It no longer logs you in.

    ID (e-mail address): { $email }

    If this was not you, someone else may be logged in. Choose a new password at once with “Forgot your password?” on the login page, and contact customer support.
    This mail was sent from an address that cannot receive replies.

mail-app-added-subject = { $brand }: an authenticator app was added
mail-app-added-text =
    An authenticator app was added to your { $brand }. Its codes confirm a login.

    ID (e-mail address): { $email }

    If this was not you, someone else may be logged in. Choose a new password at once with “Forgot your password?” on the login page, and look through your account page.
    This mail was sent from an address that cannot receive replies.

mail-app-removed-subject = { $brand }: the authenticator app was removed
mail-app-removed-text =
    The authenticator app of your { $brand } was removed. Its codes no longer work.

    ID (e-mail address): { $email }

    If this was not you, someone else may be logged in. Choose a new password at once with “Forgot your password?” on the login page, and look through your account page.
    This mail was sent from an address that cannot receive replies.

mail-recovery-codes-made-subject = { $brand }: new recovery codes were made
mail-recovery-codes-made-text =
    New recovery codes were made for your { $brand }. The older ones no longer work.

    ID (e-mail address): { $email }

    If this was not you, someone else may be logged in. Choose a new password at once with “Forgot your password?” on the login page, and look through your account page.
    This mail was sent from an address that cannot receive replies.

mail-recovery-code-used-subject = { $brand }: a recovery code was used
mail-recovery-code-used-text =
    A recovery code of your { $brand } was used to confirm a login. Codes not used yet: { $left }.

    ID (e-mail address): { $email }

    If this was not you, someone else may be logged in. Choose a new password at once with “Forgot your password?” on the login page, and look through your account page.
    This mail was sent from an address that cannot receive replies.

mail-two-steps-on-subject = { $brand }: two-step login was switched on
mail-two-steps-on-text =
    Two-step login was switched on for your { $brand }. From the next login on, a second step is asked for.

    ID (e-mail address): { $email }

    If this was not you, someone else may be logged in. Choose a new password at once with “Forgot your password?” on the login page, and look through your account page.
    This mail was sent from an address that cannot receive replies.

mail-two-steps-off-subject = { $brand }: two-step login was switched off
mail-two-steps-off-text =
    Two-step login was switched off for your { $brand }. A login no longer asks for a second step.

    ID (e-mail address): { $email }

    If this was not you, someone else may be logged in. Choose a new password at once with “Forgot your password?” on the login page, and look through your account page.
    This mail was sent from an address that cannot receive replies.

mail-second-factor-guessed-subject = { $brand }: wrong codes were entered after your password
mail-second-factor-guessed-text =
    Someone entered the right password of your { $brand }, and then wrong codes of the second step again and again. To be safe, we take no more of these codes today on devices that you have not confirmed a login on before.

    ID (e-mail address): { $email }

    If this was not you, someone else knows your password. Choose a new one at once with “Forgot your password?” on the login page.
    This mail was sent from an address that cannot receive replies.

mail-new-device-subject = { $brand }: a login on a new device
mail-new-device-text =
    Someone logged in to your { $brand } on a device or browser that you have not used before. If that was you, you need not do anything.

    Device: { $device ->
        [none] unknown
       *[other] { $device }
    }
    ID (e-mail address): { $email }

    This mail was sent from an address that cannot receive replies.

mail-end-sessions =
    If this was not you, you can log all devices out on the following page. The link is good for { $days } days, once.
    { $link }

mail-email-changed-subject = { $brand }: your e-mail address was changed
mail-email-changed-text =
    The ID (e-mail address) of your { $brand } was changed.

    Before: { $email }
    Now: { $new }

    If you changed it, please discard this mail.

    If you did not, someone else may be logged in. On the login page, go to “Forgot your password?” and from there to “Did someone else change your e-mail address?”, and enter this undo code. Your ID becomes the old address again, and all devices are logged out.

    Undo code: { $code }

    The code is good for { $days } days. Do not tell it to anyone. Our staff will never ask for it.

    This mail was sent from an address that cannot receive replies.

mail-email-is-new-subject = { $brand }: your new e-mail address
mail-email-is-new-text =
    The ID (e-mail address) of your { $brand } is now this address.

    ID (e-mail address): { $email }

    Log in with this address from now on. Your password stays the same.

    This mail was sent from an address that cannot receive replies.

mail-email-restored-subject = { $brand }: back to the old e-mail address
mail-email-restored-text =
    A change of the ID (e-mail address) of your { $brand } was undone. It is the old address again.

    ID (e-mail address): { $restored }

    To be safe, all devices were logged out, and the password, all passkeys and login by mobile number stopped working. Choose a new password with the address above: “Forgot your password?” on the login page.

    If this was not you, please contact customer support.
    This mail was sent from an address that cannot receive replies.

mail-ledger-anchor-subject = { $brand }: anchor of the consent ledger
mail-ledger-anchor-text =
    This is the present end of the consent ledger, signed. Please keep it unchanged: it proves later that the ledger was not tampered with.

    { $anchor }

    This address only sends mail. Replies are not read.
