select id from category where name = ?1
