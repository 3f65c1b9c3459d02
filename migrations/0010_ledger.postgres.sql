
CREATE FUNCTION refuse_to_change_a_consent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a consent is never changed, nor deleted, and keeps its place';
END $$;

CREATE TRIGGER consents_stay_as_written
BEFORE UPDATE OF id, account_id, kind, action, target, wording_version, wording_hash, locale, brand,
    client_id, recorded_at, record ON consents
FOR EACH ROW EXECUTE FUNCTION refuse_to_change_a_consent();

CREATE TRIGGER consents_keep_their_place
BEFORE UPDATE OF sequence, previous, hash, origin ON consents
FOR EACH ROW WHEN (OLD.sequence IS NOT NULL) EXECUTE FUNCTION refuse_to_change_a_consent();

CREATE TRIGGER consents_are_kept
BEFORE DELETE ON consents
FOR EACH ROW EXECUTE FUNCTION refuse_to_change_a_consent();

CREATE TRIGGER consents_are_kept_all
BEFORE TRUNCATE ON consents
FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_a_consent();
