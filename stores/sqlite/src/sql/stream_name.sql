select category, key from stream where id = ?1
