insert into stream (category, key) values (?1, ?2) on conflict do nothing
