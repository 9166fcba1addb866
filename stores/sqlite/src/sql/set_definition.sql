update projection
set definition = ?2
where id = ?1
