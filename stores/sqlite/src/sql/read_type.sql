select position, version, type, shape, commit_number, id, occurred_at, recorded_at, metadata, body, key
from event
where type = ?1 and position between ?2 and ?3
order by position
