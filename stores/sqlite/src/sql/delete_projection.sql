delete from projection
where id = ?1
