-- $1 labels; null for any. Areas where photos were given one of them, by any model version, ever.
select distinct area from nightjar.label_areas where $1::text[] is null or label = any ($1)
