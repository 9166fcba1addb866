select max(version) from event where category = ?1 and key = ?2
