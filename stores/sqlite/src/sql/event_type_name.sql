select category, name from event_type where id = ?1
