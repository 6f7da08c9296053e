-- $1 labels; null for any. Areas where photos were given one of them, by any model version.
select distinct area from nightjar.daily_counts
where area is not null and ($1::text[] is null or label = any ($1))
