-- A tag that stands twice on an event is one tag.
insert into tag (tag, type, position) values (?1, ?2, ?3) on conflict do nothing
