select position
from event
where type = ?1 and position between ?2 and ?3
order by position
