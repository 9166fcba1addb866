select category, key, version, position, event, cause
from parked
where projection = ?1
order by position
