select id from event_type where category = ?1 and name = ?2
