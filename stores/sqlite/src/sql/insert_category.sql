insert into category (name) values (?1) on conflict do nothing
