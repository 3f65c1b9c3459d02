-- The channel ('mailbox' or 'phone') whose code set the password: a code to it is no second
-- factor. Nothing, once another factor was used, and while the password is as its owner set it.
ALTER TABLE accounts ADD COLUMN recovered_by TEXT;

-- Whether the mobile number was proven before a recovery by mail: a code sent there after the
-- new password confirms it.
ALTER TABLE accounts ADD COLUMN phone_to_confirm BOOLEAN NOT NULL DEFAULT FALSE;
