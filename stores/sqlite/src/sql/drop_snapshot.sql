delete from snapshot where category = ?1 and key = ?2 and version = ?3
