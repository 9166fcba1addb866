insert into event_type (category, name) values (?1, ?2) on conflict do nothing
