select position, version, type, shape, commit_number, id, occurred_at, recorded_at, metadata, body, key
from event
where position = ?1
