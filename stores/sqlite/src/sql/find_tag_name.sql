select id from tag_name where name = ?1
