select position, version, type, shape, body
from event
where category = ?1 and key = ?2 and version between ?3 and ?4
order by version
