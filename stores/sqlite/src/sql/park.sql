insert or replace into parked (projection, category, key, version, position, event, cause)
values (?1, ?2, ?3, ?4, ?5, ?6, ?7)
