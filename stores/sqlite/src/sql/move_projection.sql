update projection
set checkpoint = ?2, commits = commits + 1, stopped = ?3
where id = ?1
