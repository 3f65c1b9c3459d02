## Shared by all pages

skip-to-content = Skip to content
language-choice = Language
language-name = English
footer-copyright = ©1995-2020 TOYOTA MOTOR CORPORATION. ALL RIGHTS RESERVED.
footer-terms = Terms of use
required = *Required
optional = Optional
error-prefix = Error:{" "}
error-summary = Please check what you entered
next = Next
back = Back
cancel = Stop and go back to the service
change = Change
new-tab = {" "}(opens in a new tab)
service-line = You are on your way to: { $service }
show-password = Show password
hide-password = Hide password
password-shown = Your password is shown.
password-hidden = Your password is hidden.
interaction-restarted = Time ran out, or you opened this in another browser than the one you began in. We have started again from the beginning.
print-page = You can print or save these terms with your browser’s print function.

## The steps of ⑤–⑨

registration-title = Get a TOYOTA/LEXUS Common ID
steps-label = Steps to get a Common ID
step-email = Address
step-code = Code
step-details = Details
step-confirmation = Review
step-complete = Done
step-done = completed
step-current = current step

## ④ About the ID, and the terms

terms-title = About the TOYOTA/LEXUS Common ID
terms-lead = For everyone, whether you own a Toyota or not.
terms-lead-more = One ID for all of Toyota’s services.
terms-link = TOYOTA/LEXUS Common ID Terms of Use
terms-agree = I agree to the terms of use.
terms-submit = Register (free of charge)
terms-services = Some of the services you can use
terms-service-1 = my route
terms-service-2 = TOYOTA SHARE
terms-service-3 = TC Smartphone Navi
terms-service-4 = MyTOYOTA for T-Connect
terms-have-id = Already have a TOYOTA/LEXUS Common ID?
terms-have-id-button = Log in with your Common ID
terms-changed-title = The terms of use have changed
terms-changed-lead = The TOYOTA/LEXUS Common ID Terms of Use have changed.
terms-changed-more = To go on using your Common ID, please read the new terms and agree to them.
terms-changed-later = The new terms apply from { $day }. Please read and accept them. Until then you may choose “Later” and go on under the present terms.
terms-changed-submit = Next
terms-later = Later
terms-in-force-from = These terms apply from { $day }.
terms-version = Version { $version }
terms-text-title = TOYOTA/LEXUS Common ID Terms of Use

## ⑤ E-mail address

email-title = Enter your e-mail address
email-lead = Your e-mail address is the login ID of your TOYOTA/LEXUS Common ID.
email-lead-verify = To verify that it is yours, please register your e-mail address first.
email-lead-code = We will send a verification code to the address you enter. Please check your mail.
email-label = E-mail address
email-note = If you filter spam, please allow mail from “id.toyota.jp” and “id.lexus.jp”.
email-prefilled = This is the address registered with { $service }. You can change it.
email-suggestion = Did you mean “{ $address }”?
email-suggestion-use = Send the code to this address
email-submit = Send a verification code to this address

## ⑥ Verification code

code-title = We have sent you a verification code
code-lead = Please enter the verification code sent to your e-mail address.
code-label = Verification code
code-hint = The six digits in the mail. They are valid for { $minutes } minutes.
code-resend = Send the code again
code-resent = We have sent the verification code again.
code-undeliverable = This address could not be reached. Please check it, and change it if it is not right.
code-late = Sending takes longer than usual at the moment. Your code is on its way: please wait until it arrives.
code-resent-late = We have taken your request for another code. Sending takes longer than usual at the moment: please wait until it arrives.
code-change-email = Change the e-mail address
code-help-title = If the mail does not arrive
code-help-spam = Look in your spam folder.
code-help-domain = Allow mail from “id.toyota.jp” and “id.lexus.jp”.
code-help-carrier = Check the spam filter of { $carrier } as well: add “id.toyota.jp” and “id.lexus.jp” to { $setting }.
carrier-docomo = NTT Docomo
carrier-au = au (KDDI)
carrier-softbank = SoftBank
carrier-ymobile = Y!mobile
carrier-filter-docomo = its list of senders to receive (受信リスト設定)
carrier-filter-au = its list of senders to receive (受信リスト設定)
carrier-filter-softbank = its list of allowed senders
carrier-filter-ymobile = its list of allowed senders
code-help-address = Check that you entered your address correctly.
code-help-wait = At busy times it may take a few minutes to arrive.

## ⑦ Password and details

details-title = Your e-mail address is verified
details-lead = Please set your login information next.
details-login = Login information
details-password = Password
details-password-placeholder = Choose a password
details-password-set = Already set. Enter one only if you want to change it.
details-password-rules = About your password
details-password-rule-length = Use { $min } to { $max } characters.
details-password-rule-characters = You can use half-width letters and digits, and some symbols (see below).
details-password-rule-both = To make it safer, always use both half-width digits and half-width letters. (Symbols are optional.)
details-password-rule-advice = For your security, choose a password that others cannot guess, and change it regularly (about every three months).
details-password-rule-symbols = Symbols: { $symbols }
details-password-rule-passphrase = You can use any characters. Choose something long that you use nowhere else.
details-password-rule-unguessable = You cannot use what others could guess, such as your name, e-mail address or phone number.
details-profile = Your information
details-prefilled = We have filled in what is registered with { $service }. Please add what is missing and correct what is wrong.
details-restored = We have filled in what you typed before. Your password was not kept: please choose one again.
details-discard = Clear what I typed before
details-family-name = Family name
details-given-name = Given name
details-family-name-kana = Family name in katakana
details-given-name-kana = Given name in katakana
details-name = Name
details-kana = Name in katakana
details-mobile-phone = Mobile phone number
details-mobile-phone-placeholder = 000-0000-0000
details-address = Address
details-postal-code = Postal code
details-postal-code-placeholder = 000-0000
details-prefecture = Prefecture
details-prefecture-choose = Please choose
details-city = City, ward, town or village
details-block = Block and number
details-building = Building
details-home-phone = Home phone number
address-find = Find the address
address-filled = The address was filled in from the postal code. Please add the rest.
address-choose = This postal code stands for several places. Please choose yours.
address-several = This postal code stands for several places. Press “Find the address” to choose.
address-differs = The address entered is not the one of this postal code. Please check both.
address-agrees = The address entered goes with this postal code.
address-none = No address is known for this postal code. Please enter it yourself.
address-choices = Address of the postal code
address-take = Use this address
details-submit = Review

## ⑧ Confirmation

confirmation-title = Review what you entered
confirmation-lead = Please check that everything is correct.
confirmation-login = Login information
confirmation-profile = Your information
confirmation-email = E-mail address
confirmation-password = Password
confirmation-password-hidden = {" "}(set, not shown)
confirmation-empty = Not entered
confirmation-submit = Register
confirmation-change-login = Change the password
confirmation-change-profile = Change your information

## ⑨ Complete

complete-title = You now have a Common ID
complete-lead = Please go on and register what the service you are using needs.
complete-id = ID (e-mail address)
passkey-offer-title = Log in with a passkey next time
passkey-offer-lead = With a passkey you log in by fingerprint, face or screen lock of your own device, without typing a password.
passkey-offer-note = You need not: press “Next” to go on without one. You can add a passkey under “Passkeys” on your account page at any time.

## After ⑥: the address has an account

already-registered-title = Already registered
already-registered-lead = This e-mail address already has a TOYOTA/LEXUS Common ID.
already-registered-more = There is no need to register again. Please log in with the Common ID you have.
already-registered-login = Log in with your Common ID
already-registered-change = Use another e-mail address

## ⑩ Dealer link

dealer-link-title = Link your TOYOTA/LEXUS Common ID with a dealer
dealer-link-lead = Your account will be linked with this dealer.
dealer-link-dealer = Dealer to be linked
dealer-link-account = Common ID to be linked
dealer-link-customer-number = Your customer number at the dealer
dealer-link-benefit = When your TOYOTA/LEXUS Common ID is linked with your dealer, you can use these services:
dealer-link-notice-1 = Note 1.
dealer-link-notice-2 = Note 2.
dealer-link-notice-who = “We” in these notes is { $dealer }.
dealer-link-notice-version = Version of this notice: { $version }
dealer-link-withdraw = You can undo the link later on the page “Linked services”.
dealer-link-reauthenticate = Once you have agreed, you may be asked to log in again for security.
dealer-link-submit = Link with this dealer
dealer-link-not-now = Not now
dealer-link-asked = Dealers to be linked
dealer-link-asked-here = This page is about this dealer
dealer-link-asked-later = Comes next
dealer-link-asked-declined = Not now
dealer-link-asked-linked = Linked ({ $date })
dealer-link-succeeded = { $dealer } has taken over the business of { $predecessor }.
dealer-link-other-brand = This is a { $brands } dealer. The notice below is about { $brands } services.
dealer-link-again = The notice of a dealer you are linked with has changed. Please read the new one.
dealer-link-again-declined = If you do not agree, the link stays as you agreed to it before, but the service you are using now is not told of it.
dealer-link-again-submit = Agree to the new notice
dealer-link-again-not-now = Do not agree now
guardian-title = Linking a dealer takes a parent or guardian
guardian-lead = Who is younger than { $age } cannot agree to a link with a dealer alone.
guardian-dealer = Dealer to be linked
guardian-what-to-do = If you would like the link, please have your parent or guardian ask the dealer in person.
guardian-ended = The link you agreed to a moment ago was undone. The dealer is told so, too.
guardian-go-on = You can go on using your Common ID and every service that needs no link.
dealer-choice-title = Choose the dealer to link
dealer-choice-lead = Please choose your dealer. The next page shows what the link means.
dealer-choice-label = Dealer
dealer-choice-everywhere = All prefectures
dealer-choice-count = { $prefecture } ({ $count })
dealer-choice-filter = Show the dealers there
dealer-choice-none = There is no dealer to link with at present.

## The front page of a brand

front-title = TOYOTA/LEXUS Common ID
front-lead = One ID for every Toyota and Lexus service.
front-what = Log in to see and change your details, your password and passkeys, and the services and dealers you share data with.
front-link = To the Common ID front page

## ⑪ Login

login-title = Log in with your TOYOTA/LEXUS Common ID
login-id-label = ID (e-mail address or mobile phone number)
login-id-note = To use your mobile phone number as ID, switch this on in your member information first. Enter the number in digits only, without hyphens.
login-password = Password
login-submit = Log in
login-register = Get a new TOYOTA/LEXUS Common ID
login-register-lead = No Common ID yet?
login-reason-requested = For security, please log in once more.
login-reason-other-person = Please log in with the Common ID that { $service } asks for.
login-reason-dealer-link = To complete the link with your dealer, please log in once more.

## A code after the password

login-code-title = Confirm that it is you
login-code-lead-sms = To be safe, we send a code by SMS to your mobile phone ({ $to }) and ask you for it.
login-code-lead-mail = To be safe, we send a code to your e-mail address ({ $to }) and ask you for it.
login-code-sent-sms = We sent a code by SMS to your mobile phone ({ $to }). Please enter it.
login-code-sent-mail = We sent a code to your e-mail address ({ $to }). Please enter it.
login-code-send = Send the code
login-code-hint = 6 digits, valid for { $minutes } minutes.
long-code-hint = 8 digits, valid for { $minutes } minutes.
login-code-not-now = I cannot receive a code
login-code-warning = Never tell this code to anyone. Our staff will not ask you for it.
login-app-title = Confirm that it is you with your authenticator app
login-app-lead = To be safe, we ask you for the code that your authenticator app shows.
login-recovery-code-title = Confirm that it is you with a recovery code
login-recovery-code-lead = Enter one of the recovery codes that you kept. Each works once.
login-passkey-title = Confirm that it is you with a passkey
login-passkey-lead = To be safe, we ask you for one of your passkeys.
login-passkey-use = Use a passkey
login-passkey-stopped = The passkey could not be used.
login-passkey-needs-script = To use a passkey, please allow JavaScript in your browser.
app-code-label = Code of your authenticator app
app-code-hint = The 6 digits that the app shows. They change every 30 seconds.
recovery-code-label = Recovery code
recovery-code-hint = One digit and 12 letters, in upper or lower case, with or without “-”.
second-step-not-now = Go on without it
second-step-other-ways = Confirm in another way
second-step-trust = Trust this device: ask for no second step for { $days } days
second-step-by-app = Enter the code of your authenticator app
second-step-by-code = Receive a code by e-mail or SMS
second-step-by-recovery-code = Enter a recovery code
second-step-by-passkey = Use a passkey
login-reopen-title = Open your account again
login-reopen-lead = Your ID is closed, and what you registered will be deleted on { $day }. Do you want to use it again?
login-reopen-note = The links with services and dealers have ended; please link them again afterwards.
login-reopen-submit = Open it again and log in
login-reopen-not-now = Leave it closed

## ⑮ Dealer linked

dealer-linked-title = Link your TOYOTA/LEXUS Common ID with a dealer
dealer-linked-lead = Your dealer is now linked. Choose “Next” to go back to the service.
dealer-linked-delayed = Linked (reaches your dealer in a few minutes)
dealer-linked-delayed-why = Your dealer’s system cannot be reached right now. The link is made, and your dealer learns of it within minutes of being back. Choose “Next” to go back to the service.
dealer-linked-dealer = Linked dealer
dealer-linked-at = Linked on

## Choosing an account

select-account-title = Choose a Common ID
select-account-lead = Please choose the Common ID to go on with.
select-account-current = Common ID logged in
select-account-continue = Continue with this Common ID
select-account-other = Log in with another Common ID

## Consent to another company's service

consent-title = Allow a service to use your information
consent-lead = { $service } asks to use this information of your Common ID.
consent-account = Your Common ID
consent-items = Information to be provided
consent-policy = Privacy policy of { $service }
consent-tos = Terms of { $service }
consent-site = Website of { $service }
consent-not-ours = { $service } is run by another company than Toyota Motor Corporation.
consent-withdraw = You can take this back later on the page “Linked services”.
consent-approve = Allow
consent-deny = Do not allow
scope-openid = A number by which this service recognises you
scope-profile = Your name, its reading, your birthdate and the like
scope-email = Your e-mail address
scope-address = Your address
scope-phone = Your phone number
scope-offline_access = Use of the above while you are not using the service
scope-dealer_link = The dealers you have linked
scope-other = { $scope }

## Logout

logout-title = Log out
logout-lead = You are about to log out of your TOYOTA/LEXUS Common ID.
logout-lead-service = { $service } asks to log you out of your TOYOTA/LEXUS Common ID.
logout-account = Common ID logged in
logout-submit = Log out
logout-stay = Stay logged in
logged-out-title = You are logged out
logged-out-lead = You have logged out of your TOYOTA/LEXUS Common ID.
logged-out-shared = If others use this device too, please close the browser.
logged-out-onward = You are being logged out of the other services you used. After that, you go back to { $service }.
stayed-title = You are still logged in
stayed-lead = You have not been logged out. You can close this page.
return-to-service = Back to { $service }

## A device that cannot show a login page

device-code-title = Enter the code on your device
device-code-lead = Enter the code of 8 letters that your car navigation or other device shows.
device-code-label = Code on your device
device-code-hint = 8 letters, in capitals or not, with or without the hyphen.
device-code-warning = Enter only a code that a device in front of you shows. Never enter one that someone told you by phone, mail or SMS.
device-confirmation-title = Is this your device?
device-confirmation-lead = A device of { $service } asks to log in with your Common ID. Does the device in front of you show this code?
device-confirmation-service = Service
device-confirmation-code = Code on the device
device-confirmation-account = Logged in as
device-confirmation-warning = If someone else sent you to this page, or the device shows another code, press “No”. If you press “Yes”, that device is logged in with your Common ID.
device-confirmation-approve = Yes, it is my device
device-confirmation-deny = No, it is not
device-complete-title = Your device is logged in
device-complete-lead = Look at your device again: it goes on by itself in a moment.
device-complete-note = You may close this page.
device-denied-title = The device was not let in
device-denied-lead = The device is not logged in with your Common ID.
device-denied-note = To use your own device, begin again on its screen.

## Errors

page-error-title = We could not show this page
page-error-request-id = Reference number
page-error-code = Error code
page-error-developer = For the developers of the service
page-error-mend = What it means and how to mend it
page-error-again = Open the page again
page-error-client = What the service sent us is not valid, so we cannot go on. Please go back to the service and start again.
page-error-not-found = There is no such page.
page-error-interaction-expired = The time for this step has run out. Please go back to the service and start again.
page-error-form-expired = This page has expired. Please open it again and fill it in once more.
page-error-link-expired = This link has expired or is not valid. Please go back to the service and start again.
page-error-temporarily_unavailable = We are very busy at the moment. Please wait a little and try again.
page-error-server_error = We are sorry. Something went wrong on our side and we could not go on. Please wait a little and try again.
page-error-too-large = What was sent is too large.
page-error-bad-form = We could not read what was sent. Please go back and try again.
page-error-device-expired = The code of your device has expired or was used already. Begin again on its screen.
page-error-no-second-factor = There is no verified phone number or e-mail address of yours to send a code to, so this cannot be done here. Please contact customer support.
page-error-dealer-unavailable = This dealer cannot be linked at present.

codes-title = Error codes
codes-one-title = Error code { $code }
codes-lead = For the developers of services that use this ID.
codes-all = All error codes

## The answer to a client as a form

form-post-title = Going back to the service
form-post-lead = If nothing happens, please use the button.
form-post-submit = Next

## Services a person allowed

services-title = Linked services
services-account = Common ID logged in
services-clients = Services that may use your information
services-clients-none = You have not allowed any other company’s service to use your information.
services-granted-at = Allowed on
services-revoke = Take back
services-revoke-of = Take back what you allowed { $service }
services-revoked = The service may no longer use your information.
services-dealers = Linked dealers
services-dealers-none = No dealer is linked.
services-linked-at = Linked on
services-formerly = Taken over from { $dealer }
services-dealer-closed = This dealer takes no new links at present.
services-unlink = Undo the link
services-unlink-of = Undo the link with { $dealer }
services-unlinked = The link is undone.
services-logout = Log out

profile-title = Information this service needs
profile-lead = To use { $service }, the following must be registered. Please fill in every field, check that what is registered is up to date, and press “Review”.
profile-heading = Your information
profile-told = As { $service } has it: { $value }
profile-typed = As you entered it: { $value }
profile-progress = Page { $number } of { $of }
profile-complete-more = Please go on with the other information that the service needs.
profile-confirmation-title = Check the information this service needs
profile-save = Register
profile-back = Back to your information
profile-complete-title = Your information is up to date
profile-complete-lead = Press “Next” to go on with { $service }.
details-birthdate = Date of birth
birthdate-year = year
birthdate-month = month
birthdate-day = day
birthdate-in-words = { $year }-{ $month }-{ $day } ({ $era })

login-forgotten = Forgot your password?
recovery-title = Set a new password
recovery-lead = Enter your registered e-mail address, or the mobile number you log in with. We will send a verification code.
recovery-send = Send the verification code
recovery-code-title = Enter the verification code
recovery-code-lead-mail = We have sent a verification code to the e-mail address you entered. Please enter it here.
recovery-code-lead-sms = If you log in with the mobile number you entered, we have sent a verification code there by SMS. Please enter it here.
recovery-help-title = If the code does not arrive
recovery-help-id = Check that you entered your ID correctly.
recovery-help-phone = Nothing is sent to a number that you do not log in with. Try your e-mail address instead.
recovery-nobody-title = There is no Common ID
recovery-nobody-lead = No TOYOTA/LEXUS Common ID is registered under this ID. You may have used another e-mail address; or get a new ID.
recovery-nobody-other = Try another ID
recovery-password-title = Choose a new password
recovery-password-lead = You will be logged out on all other devices.
recovery-birthdate-lead = To make sure it is you, please enter your registered date of birth.
recovery-new-password = New password
recovery-save = Set the password
recovery-complete-title = Your password is set
recovery-complete-lead = Use the new password from now on. Press “Next” to go on.

account-title = Your account
account-back = Back to your account
account-profile = Edit your information
account-profile-save = Save
account-profile-saved = Your information is saved.
account-birthdate = Change your date of birth
account-birthdate-current = As it is now
account-birthdate-new = As it will be
account-birthdate-lead = Please enter your true date of birth.
account-birthdate-note = Once changed, it cannot be changed again for { $days } days. We also tell you by mail that it was changed.
account-birthdate-open-from = Once changed, a date of birth cannot be changed again for { $days } days. You can change it from { $minute } (Japan time) on. If you cannot wait, please contact customer support.
account-birthdate-confirmation = Check your date of birth
account-birthdate-ends-links = At this age it takes a parent or guardian to link a dealer. If you change it, your links end.
account-birthdate-save = Change it
account-birthdate-changed = Your date of birth is changed.
account-birthdate-to-service = Back to the service without a change
account-password = Change your password
account-password-present = Present password
account-password-save = Change the password
account-password-changed = Your password is changed. You were logged out on all other devices.

account-email = Change your e-mail address
account-email-current = Your e-mail address (ID) now
account-email-new = New e-mail address
account-email-lead = We send a code to the new address. Once you enter it, that address is the ID you log in with.
account-email-undo-note = The address you have now is told of the change too. A code in that mail can undo the change for { $days } days.
account-email-change = Change the address
account-email-changed = Your e-mail address is changed. Log in with the new one from now on.
account-email-log-out = Log out, and log in with another ID
email-undo-link = Did someone else change your e-mail address?
email-undo-title = Undo a change of e-mail address
email-undo-lead = Make the e-mail address you had before your ID again. Enter the undo code from the mail that told you of the change.
email-undo-code = Undo code
email-undo-hint = Sixteen letters. Upper or lower case, with or without “-”.
email-undo-note = To be safe, all devices are logged out, and the present password, all passkeys and login by mobile number stop working. Choose a new password right afterwards.
email-undo-submit = Go back to the old address
email-undo-done = Your e-mail address is what it was before.
email-undo-next = All devices are logged out. Now choose a new password with your old e-mail address.
end-sessions-title = Log out everywhere
end-sessions-lead = This logs all devices and apps out of your ID. Do so if you do not know a login, for example.
end-sessions-submit = Log out everywhere
end-sessions-done = All devices are logged out.
end-sessions-next = If someone else may know your password, please choose a new one.

change-cancel-link = Cancel a change that you did not ask for
change-cancel-title = Cancel a change
change-cancel-lead = Cancel the change that a mail or an SMS told you of. Enter the cancel code from that message.
change-cancel-code = Cancel code
change-cancel-submit = Cancel the change
change-cancel-done = The change is cancelled.
change-cancel-next = Someone else may know your password. Choose a new one now; all devices are then logged out.

pending-title = Changes in progress
pending-lead = Cancel any change that you did not ask for.
pending-due = Takes effect
pending-cancel = Cancel
pending-cancel-of = Cancel: { $change } ({ $due })
pending-cancelled = The change is cancelled.
pending-waits = Your change was received. Until it takes effect, you can cancel it on this page, or with the cancel code that we sent by mail or SMS.
pending-change-email = Change of the e-mail address
pending-change-phone-login-on = Login by a mobile number
pending-change-phone-login-off = End of login by mobile number
pending-change-passkey-added = New passkey
pending-change-passkey-removed = Removal of a passkey
pending-change-password = Change of the password
pending-change-leaving = Closing of the account
guard-waits-code = You did not confirm with a verification code that it is you, so a change made here takes effect in { $hours } hours. Until then your registered e-mail address and phone are told of it, and it can be cancelled.
guard-waits-passkey = You did not log in with your passkey, so a change made here takes effect in { $hours } hours. Until then your registered e-mail address and phone are told of it, and it can be cancelled.
guard-waits-app = You did not confirm with a code of your authenticator app that it is you, so a change made here takes effect in { $hours } hours. Until then your registered e-mail address and phone are told of it, and it can be cancelled.
guard-with-app = Log in with a code of your app and change it at once
guard-with-code = Confirm with a code and change it at once
guard-with-passkey = Log in with your passkey and change it at once
page-error-changes-too-many = Too many changes were requested. Please wait about a day and try again.

phone-login-title = Log in by mobile number
phone-login-is-on = You can log in with this mobile number as your ID.
phone-login-is-off = You cannot log in by mobile number yet.
phone-login-lead = Enter the code that we send by SMS, and the number becomes an ID to log in with.
phone-login-hint = A number that begins with 060, 070, 080 or 090
phone-login-note = Your provider may charge for receiving an SMS. A number logs in to one ID only.
phone-login-send = Send the code by SMS
phone-login-other-number = Change to another number
phone-login-switch-off = Stop logging in by mobile number
phone-login-switch-on = Log in with this number
phone-login-change-number = Change the mobile number
phone-login-code-lead = Enter the verification code that came by SMS.
phone-login-help-title = If no SMS comes
phone-login-help-number = Check that you entered the right mobile number.
phone-login-help-sms = Check whether your phone is set to refuse SMS.
phone-login-done-on = You can now log in by mobile number.
phone-login-done-off = You can no longer log in by mobile number.
account-offer-logout = Please check that no device you do not know is logged in.

passkeys-title = Passkeys
passkeys-lead = With a passkey you log in by fingerprint, face or screen lock of your own device, without typing a password.
passkeys-list = Your passkeys
passkeys-none = You have no passkey yet.
passkeys-full = You cannot have more than these. To add one, remove a passkey that you no longer use.
passkeys-note = On the login page, choose the field for your ID to be offered your passkeys. A passkey is good for the site it was made on.
passkeys-back = Back to your passkeys
passkey-add = Add a passkey
passkey-added = Your passkey is added.
passkey-renamed = The passkey has a new name.
passkey-removed = The passkey is removed.
passkey-unnamed = A passkey without a name
passkey-host = Good for
passkey-created-at = Added
passkey-last-used-at = Last used
passkey-never-used = Not used to log in yet
passkey-change-of = Change “{ $label }” (added { $created_at })
passkey-change-title = Change a passkey
passkey-label = Name of the passkey
passkey-label-hint = What tells you which device it is on (40 characters at most)
passkey-remove-title = Remove the passkey
passkey-remove-note = Once removed, it no longer logs you in. What is left of it on your device you can delete there, where it keeps your passwords.
passkey-remove = Remove this passkey
passkey-known = This device already has a passkey for this ID.
passkey-stopped = No passkey was added.
passkey-not-made = The passkey could not be made. Please check the settings of your device or browser.
passkey-needs-script = To add a passkey, please allow JavaScript in your browser.
app-title = Authenticator app
app-lead = With an authenticator app on your phone, you confirm a login by the code that the app shows.
app-added-at = Added
app-scan-title = 1. Add the ID to your app
app-scan = Scan this QR code with your authenticator app.
app-qr = QR code for your authenticator app
app-open = Open the app on this device
app-secret = If you cannot scan it, enter this key in your authenticator app.
app-code-title = 2. Check the code
app-add = Add the authenticator app
app-added = Your authenticator app is added.
app-removed = The authenticator app is removed.
app-needs-codes = Please keep recovery codes for the day on which you lose the device that has the app.
app-remove-note = Once removed, the codes of the app no longer work. To move to a new phone, remove the app and add it again.
app-remove = Remove the authenticator app

recovery-codes-title = Recovery codes
recovery-codes-lead = With these codes you confirm a login if you lose the device that has your authenticator app or passkey. There are 10; each works once.
recovery-codes-left = Codes not used yet
recovery-codes-made-at = Made
recovery-codes-once = These codes are shown only now. Print them or write them down, and keep them in a safe place.
recovery-codes-void = New codes make the older ones void.
recovery-codes-make = Make new codes
recovery-codes-print = Print
two-steps-title = Two-step login
two-steps-lead = Each time you log in with your password, we also ask for a second step: a code of your authenticator app, for example, or one that we send you.
two-steps-are-on = On
two-steps-are-off = Off
two-steps-app = Add an authenticator app
two-steps-codes = Make recovery codes
two-steps-switch-on = Switch two-step login on
two-steps-switch-off = Switch two-step login off
two-steps-switched-on = Two-step login is on.
two-steps-switched-off = Two-step login is off.
trusted-devices-title = Devices you trust
trusted-devices-lead = On these devices your password is enough for { $days } days. If you do not know a device, end the trust in it.
trusted-devices-none = You trust no device.
trusted-device-until = Trusted until
trusted-device-revoke = End
trusted-device-revoke-of = End the trust in “{ $device }” (last used { $last_used_at })
trusted-device-revoked = The device is no longer trusted.

sessions-title = Where you are logged in
sessions-lead = These devices are logged in with this ID. Log out any that you do not know.
sessions-here = This device
sessions-device-unknown = Unknown kind of device
sessions-brand = Logged in at
sessions-begun-at = Logged in
sessions-seen-at = Last used
sessions-end = Log out
sessions-end-of = Log out “{ $device }” (logged in { $begun_at })
sessions-end-others = Log out all other devices
sessions-others-none = No other device is logged in.
sessions-note = Apps that stay logged in are not logged out by this. If you lost a device, change your password: that logs out everything, apps too.
sessions-ended = The device is logged out.
sessions-others-ended = All other devices are logged out.

history-title = Login history
history-lead = These are the logins to this ID, and the changes of its settings.
history-events = Newest first
history-none = Nothing happened yet.
history-pages = Pages of the history
history-newest = Newest
history-older = Older
history-times = { $times } times
history-service = Service
history-device = Device
history-network = Network
history-unfamiliar = If you do not recognise something
history-unfamiliar-lead = Change your password. That logs out all other devices.
history-login = Login
history-login-failed = Failed login
history-reauthentication = Identity confirmed
history-sign-on = Login at the other brand
history-session-ended = Logout
history-device-trusted = Device trusted
history-device-trust-ended = Device no longer trusted
history-account-registered = ID registered
history-account-imported = ID brought over from an earlier one
history-account-import-changed = Details brought over again
history-account-closed = ID closed
history-account-reopened = ID opened again
history-password-changed = Password changed
history-recovery = New password after a code
history-email-changed = E-mail address changed
history-email-change-undone = Change of the e-mail address undone
history-phone-login-on = Login by mobile number switched on
history-phone-login-off = Login by mobile number switched off
history-passkey-added = Passkey added
history-passkey-removed = Passkey removed
history-app-added = Authenticator app added
history-app-removed = Authenticator app removed
history-recovery-codes-made = Recovery codes made
history-recovery-code-used = Recovery code used
history-two-steps-on = Two-step login switched on
history-two-steps-off = Two-step login switched off
history-change-waits = Change asked for, waiting
history-change-cancelled = Waiting change cancelled
history-birthdate-changed = Date of birth changed
history-code-checked = Code entered
history-code-checked-failed = Wrong code
history-refresh-token-replayed = Login at a service ended
history-refresh-token-replayed-failed = Login at a service ended
history-by-password = By password
history-by-two-steps = By password and a second step
history-by-passkey = By passkey
history-how-logout = Logged out on this device.
history-how-owner = Logged out from the list of devices.
history-how-others = All other devices were logged out.
history-how-link = All devices were logged out by the link in a mail.
history-how-all = All devices were logged out, for example by a new password.
history-reason-wrong-password = The password was wrong.
history-reason-unknown-account = The ID was wrong.
history-reason-wrong-code = The code was wrong.
history-reason-wrong-passkey = The passkey could not be checked.
history-reason-too-many = Refused after too many failures.
history-reason-unknown-client = The service could not be identified.
history-reason-invalid-client = The service could not be identified.
history-reason-replayed = Something that had been used before was sent again, so the login at this service was ended.

consents-title = Records of your consents
consents-lead = These are the records of what you have agreed to, and of what you took back. They are never changed nor deleted.
consents-records = Records, newest first
consents-none = There are no records.
consents-terms = Terms of the TOYOTA/LEXUS Common ID
consents-provision = Information provided by { $provider } to { $recipient }
consents-scope = Information provided to { $recipient }
consents-given = Agreed on
consents-withdrawn = Taken back on
consents-guardian-needed = Undone, since it takes a parent or guardian, on
consents-period = Provided from { $from } to { $until }
consents-period-open = Provided from { $from } on, until you take it back
consents-items = Information provided
consents-purposes = Purpose
consents-version = Version of the wording: { $version }
consents-through = Service used: { $service }
consents-through-us = Your Common ID pages
consents-pages = Pages of records
consents-newer = < Newer records
consents-older = Earlier records >
consents-files = Keep your records
consents-files-lead = You can save all records as a file.
consents-csv = File for spreadsheets (CSV)
consents-json = Data file (JSON)

leave-title = Leave the service
leave-ends = What ends when you leave
leave-ends-login = You can no longer log in to any service with this Common ID.
leave-ends-data = What you registered is deleted after 14 days and cannot be brought back then. Until then you can log in to open your account again.
leave-ends-dealer = The link with { $dealer } ends.
leave-kept = What is kept
leave-kept-records = The records of your consents to share information, and of their withdrawal, are kept for three years in principle, as the privacy law demands. For what services and dealers keep themselves, please ask them.
leave-confirm = I have read this and leave.
leave-submit = Leave
logged-out-left = Your account is closed. If you change your mind, log in within 14 days. Thank you for having used it.

page-error-debugger-key = To see this page, log in by HTTP Basic: with the operator’s key as the password, or with your service’s client_id and secret.
debugger-title = Debugger
debugger-lead = For developers: what services asked lately, what they were answered, and by which rule. Secrets and personal data are blanked.
debugger-clients = Services
debugger-count = Requests: { $count }
debugger-last-at = Last:
debugger-none = There are no requests.
debugger-strangers = Requests of no known service
debugger-stranger = none that is registered
debugger-note = Only what this server process answered since it was started is here. Where several run, each has its own.
debugger-requests = Last requests
debugger-client = Service (client_id)
debugger-newest-first = Newest first
debugger-all-clients = All services
debugger-request = One request
debugger-cure = What this error means, and how to mend it
debugger-rules = Rule by rule
debugger-passed = ✓ Passed
debugger-failed = ✗ Failed
debugger-not-reached = – Not reached
debugger-advice = Lawful, but better otherwise
debugger-sent = Parameters sent
debugger-no-parameters = There were none.
debugger-at = Time
debugger-issuer = Issuer
debugger-authentication = Client authentication
debugger-location = Where the browser was sent
debugger-trace = Trace
