insert into projection (name, role, definition, fingerprint, checkpoint, commits, stopped)
values (?1, ?2, ?3, ?4, null, 0, null)
