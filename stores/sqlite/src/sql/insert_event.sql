insert into event (
    position, category, key, version, type, shape, commit_number, id, occurred_at, recorded_at, metadata, body
)
values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
