select version, event, body from snapshot where category = ?1 and key = ?2 and fingerprint = ?3
