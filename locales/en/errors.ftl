# What is wrong with a field: `error-<code>`, as `accounts` and the screens name it.

## E-mail address

error-email-missing = Please enter your e-mail address.
error-email-characters = The e-mail address has characters that cannot be used.
error-email-domain = Please check the part of the e-mail address after the “@”.
error-email-domain-refused = Addresses of this domain (the part after “@”) cannot be used. Please enter another e-mail address.
error-email-domain-takes-no-mail = “{ $domain }” does not seem to receive mail. Please check the spelling after the “@”. If it is right, press the button again to send the code there.
error-email-incomplete = The e-mail address is incomplete. Please include the “@” and what follows it.
error-email-not-ascii = Please use half-width letters and digits for the e-mail address.
error-email-too-long = The e-mail address is too long.
error-email-same = This is the address you have now. Enter a new one.
error-email-registered = This e-mail address belongs to another ID. Enter another address, or log out and log in with that ID.
error-email-changed-elsewhere = The e-mail address was changed on another page, so nothing was changed here. Check the address you have now and try again.
error-cancel-code-missing = Enter the cancel code.
error-cancel-code-unknown = This cancel code cannot be used. Check whether you typed it right, and whether the change was cancelled already or has taken effect.
error-cancel-code-too-many = Too many wrong codes. Please wait a while and try again.
error-undo-code-missing = Enter the undo code.
error-undo-code-unknown = This undo code cannot be used. Check whether you typed it right, and whether it has expired.
error-undo-code-too-many = Too many wrong codes. Please wait a while and try again.
error-undo-address-taken = The address you had before belongs to another ID by now, so we cannot go back to it. Please contact customer support.
error-email-too-many = No more codes can be sent at the moment. Please wait a while and try again.

## Verification code

error-code-missing = Please enter the verification code.
error-code-format = The verification code is six digits.
error-long-code-format = The verification code is eight digits.
error-code-wrong = The verification code is not right. Please check the number in the mail.
error-code-expired = The verification code has expired. Please choose “Send the code again” to get a new one.
error-code-too-many = There were too many wrong attempts, so this code can no longer be used. Please choose “Send the code again” to get a new one.
error-code-cooling-down = There were too many wrong attempts, so this address cannot be verified for a while. Please try again in about an hour.
error-resend-too-soon = A code has just been sent. Please wait { $seconds } seconds and try again.
error-resend-too-many = No more codes can be sent at the moment. Please wait a while and try again.

## Password

error-password-missing = Please enter a password.
error-password-too-short = Please use at least { $min } characters for the password.
error-password-too-long = Please use at most { $max } characters for the password.
error-password-characters = The password has characters that cannot be used. Please use half-width letters, digits and these symbols: { $symbols }
error-password-common = This password is too easy to guess. Please choose another.
error-password-all-capitals = All letters are capitals. Please check whether Caps Lock is on.
error-password-full-width = Some letters or digits are full-width. Please use half-width ones.
error-password-is-birthdate = Please do not use your birthdate as the password.
error-password-is-email = Please do not use your e-mail address as the password.
error-password-is-phone = Please do not use your phone number as the password.
error-password-needs-digit = The password needs at least one half-width digit.
error-password-needs-letter = The password needs at least one half-width letter.

## What is told of a person

error-name-too-long = The name is too long.
error-name-characters = The name has characters that cannot be used.
error-kana-too-long = The reading is too long.
error-kana-characters = Please write the reading in katakana.
error-mobile-phone-missing = Enter your mobile number.
error-mobile-phone-logs-in = You can log in with this mobile number already.
error-mobile-phone-changed-elsewhere = The mobile number was changed on another page, so nothing was set. Check the number and try again.
error-mobile-phone-guards = To be safe, change a confirmed mobile number on the page “Log in by mobile number”.
error-mobile-phone-characters = Enter your mobile phone number in digits.
error-mobile-phone-length = A mobile phone number has 11 digits.
error-mobile-phone-ip = Numbers beginning with 050 cannot be used. Please enter a mobile phone number.
error-mobile-phone-data = Numbers beginning with 020 cannot be used. Please enter a mobile phone number.
error-mobile-phone-prefix = A mobile phone number begins with 060, 070, 080 or 090.
error-home-phone-mobile = Please enter a mobile phone number in the field for it.
error-home-phone-characters = Enter your home phone number in digits.
error-home-phone-length = A home phone number has 10 digits, with its area code.
error-birthdate-incomplete = Enter year, month and day of your birth.
error-birthdate-no-day = There is no such day in the calendar.
error-birthdate-too-early = Enter a date of birth from 1900 on.
error-birthdate-unchanged = This is the date of birth that is registered already.
error-birthdate-changed-lately = The date of birth was changed lately and cannot be changed again yet.
error-birthdate-future = This date is still to come. Enter your date of birth.
error-postal-code-format = A postal code has seven digits.
error-prefecture-unknown = Please choose a prefecture.
error-address-too-long = The address is too long. Please use at most 100 characters.
error-address-characters = The address has characters that cannot be used.

## Terms

error-terms-missing = To register, you need to agree to the terms of use.
error-terms-changed = The terms of use have changed. Please read the new ones.

## Login

error-login-id-missing = Please enter your ID.
error-login-id-unreadable = Please enter an e-mail address or a mobile phone number.
error-login-failed = The ID or the password is not right.
error-login-too-many = There were too many failed logins. Please wait about { $minutes } minutes and try again.
error-passkey-failed = The passkey did not log you in. Please try again, or log in with your password.
error-passkey-not-added = The passkey could not be added. Please try again.
error-passkey-known = This passkey is registered already.
error-passkey-too-many = The passkey was not added, since you have as many as you can.
error-passkey-label-missing = Please enter a name for the passkey.
error-passkey-label-too-long = The name of a passkey has 40 characters at most.
error-login-code-wrong = The code is not right. Please check the one you received.
error-login-code-cooling-down = Too many wrong codes. Please wait about an hour and try again.
error-login-too-weak = This change takes a login with your passkey or, if you have none, with your authenticator app or a recovery code. Log out, and log in again with it. If you can use none of them, choose a new password with “Forgot your password?” on the login page, which removes them.
error-recovery-codes-too-many = Too many sets of recovery codes were made today. Please try again tomorrow.
error-app-code-wrong = The code of the app is not right. Please check the code, and that the clock of your device is right.
error-app-code-used = This code was used already. Please enter the next one that the app shows.
error-app-known = An authenticator app was added already.
error-app-offer-expired = The app was not added, since the page was open for too long. Please scan the new QR code.
error-recovery-code-missing = Please enter a recovery code.
error-recovery-code-wrong = The recovery code is not right, or was used already.
error-second-passkey-failed = The passkey did not confirm that it is you. Please try again, or choose another way.
error-end-sessions-over = This link was used already, or is no longer valid.

## Dealer

error-dealer-missing = Please choose a dealer.
error-dealer-unknown = The dealer you chose cannot be linked at present. Please choose another.
error-consent-changed = What is asked for has changed. Please check it again.
error-notice-changed = The dealer’s notice has changed. Please read the new one.

## Registration

error-email-proof-expired = Some time has passed since your e-mail address was verified. Please verify it again.

## Code of a device

error-user-code-missing = Enter the code that your device shows.
error-user-code-format = The code is 8 letters. Please look at your device again.
error-user-code-unknown = This code is not valid. Please check it, and whether your device shows a new one.
error-user-code-too-many = Too many wrong codes. Please wait about { $minutes } minutes and try again.
error-required-missing = The service needs this. Please fill it in.
error-profile-changed-elsewhere = Your information was changed in another window. You now see it as it is; please check it and fill it in again.
error-password-same = Choose a password that differs from the present one.
error-recovery-birthdate-wrong = This is not the date of birth that is registered.
error-password-present-wrong = This is not your present password.
error-password-too-many = It was wrong too often. Please try again later.
error-leave-unconfirmed = To leave, please check what ends and tick the box.
