select position, version, type, shape, body, key
from event
where type = ?1 and position between ?2 and ?3
order by position
