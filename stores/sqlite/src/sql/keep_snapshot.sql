insert into snapshot (category, key, version, event, fingerprint, body)
values (?1, ?2, ?3, ?4, ?5, ?6)
on conflict (category, key) do update
set version = excluded.version, event = excluded.event, fingerprint = excluded.fingerprint, body = excluded.body
where excluded.version > snapshot.version
   or (excluded.version = snapshot.version and excluded.fingerprint <> snapshot.fingerprint)
