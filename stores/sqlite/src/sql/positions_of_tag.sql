select position
from tag
where tag = ?1 and type = ?2 and position between ?3 and ?4
order by position
