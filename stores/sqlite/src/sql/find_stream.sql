select id, (select max(version) from event where event.stream = stream.id)
from stream
where category = ?1 and key = ?2
