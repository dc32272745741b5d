-- The ids of the API keys that published versions; NULL where no key is known.
ALTER TABLE versions ADD COLUMN created_by TEXT;
