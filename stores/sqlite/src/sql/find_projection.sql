select id, role, definition, checkpoint, commits, stopped,
       (select count(*) from parked where parked.projection = projection.id)
from projection
where name = ?1 and role = ?2
