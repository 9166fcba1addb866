select position, category, key, version, type, schema, reads_as, codec, commit_number, id, occurred_at, recorded_at, metadata, body
from event
where position = ?1
