select fingerprint, receipt from command where id = ?1
