select position, commit_number, recorded_at from event order by position desc limit 1
