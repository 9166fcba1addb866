insert into command (id, name, fingerprint, recorded_at, receipt, body)
values (?1, ?2, ?3, ?4, ?5, ?6)
on conflict do nothing
