-- What a person granted ends as a whole with a new password, or with the account.
CREATE INDEX grants_of_account ON grants (account_id);
