-- How strong the second factor of a login was: a word of accounts::factors; nothing before a
-- second factor, and where an older version noted it.
ALTER TABLE sessions ADD COLUMN strength TEXT;
