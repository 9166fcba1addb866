delete from parked
where projection = ?1
