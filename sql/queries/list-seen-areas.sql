-- $1 labels. Areas where photos were given one of them, by any model version, ever.
select distinct area from nightjar.label_areas where label = any ($1::text[])
