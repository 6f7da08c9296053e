-- Which of $2's names the snapshot $1 knows anywhere
select distinct taxon from nightjar.region_presence
where region_snapshot_id = $1 and month = 0 and taxon = any($2::text[])
