delete from parked
where projection = ?1 and category = ?2 and key = ?3 and version <= ?4
