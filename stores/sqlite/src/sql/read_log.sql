select position, version, type, shape, commit_number, id, occurred_at, recorded_at, metadata, body, key
from event
where position between ?1 and ?2
order by position
