-- One seek per type, however many events carry the tag.
select type
from tag
where tag = ?1 and type >= ?2
order by type
limit 1
