update nightjar.region_snapshots set
  has_months = $2, records = $3, bad_records = $4, taxa = $5, cells = $6, completed_at = now()
where id = $1
