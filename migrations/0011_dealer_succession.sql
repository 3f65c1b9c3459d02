-- Every version of every dealer's notice there ever was, so that the wording of
-- a consent can be shown again. The text of a version never changes.
CREATE TABLE dealer_notices (
    dealer_code TEXT NOT NULL REFERENCES dealers (code),
    version TEXT NOT NULL,
    document TEXT NOT NULL,
    -- Nothing, if it was there before versions were kept.
    first_seen_at BIGINT,
    PRIMARY KEY (dealer_code, version)
);

-- The code the link was made with, where that dealer was succeeded since.
ALTER TABLE dealer_links ADD COLUMN made_with TEXT;

-- Consents to dealers that this one succeeded, besides the link's own two: JSON.
ALTER TABLE dealer_links ADD COLUMN taken_over TEXT NOT NULL DEFAULT '[]';

-- Up to which version of the dealer's notice the person need not be asked.
ALTER TABLE dealer_links ADD COLUMN notice_version TEXT NOT NULL DEFAULT '';

UPDATE dealer_links SET notice_version =
    (SELECT wording_version FROM consents WHERE consents.id = dealer_links.consent_to_toyota);

CREATE INDEX dealer_links_with ON dealer_links (dealer_code);
