select exists (select 1 from event where id = ?1)
