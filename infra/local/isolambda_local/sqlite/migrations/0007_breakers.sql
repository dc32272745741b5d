-- JSON text, as `adapters.codecs.documents` writes it: what the platform disabled, and until when.
ALTER TABLE functions ADD COLUMN breakers TEXT NOT NULL DEFAULT '{}';

-- What was disabled until a client enabled it is tried again by itself now.
UPDATE functions SET
    breakers = '{"$LATEST":{"reason":' || disable_reason
        || ',"open_until":' || (modified_at + 30) || ',"openings":1}}',
    document = json_set(document, '$.enabled', json('true'))
WHERE disable_reason IS NOT NULL;

ALTER TABLE functions DROP COLUMN disable_reason;
