insert into tag_name (name) values (?1) on conflict do nothing
