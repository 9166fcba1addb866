select role, checkpoint, commits
from projection
where id = ?1
