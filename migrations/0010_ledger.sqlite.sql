
CREATE TRIGGER consents_stay_as_written
BEFORE UPDATE OF id, account_id, kind, action, target, wording_version, wording_hash, locale, brand,
    client_id, recorded_at, record ON consents
BEGIN SELECT RAISE(ABORT, 'a consent is never changed'); END;

CREATE TRIGGER consents_keep_their_place
BEFORE UPDATE OF sequence, previous, hash, origin ON consents WHEN OLD.sequence IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a consent keeps its place'); END;

CREATE TRIGGER consents_are_kept
BEFORE DELETE ON consents
BEGIN SELECT RAISE(ABORT, 'a consent is never deleted'); END;
