select position, version, type, shape, body, key
from event
where position between ?1 and ?2
order by position
