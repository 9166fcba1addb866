select name from category where id = ?1
