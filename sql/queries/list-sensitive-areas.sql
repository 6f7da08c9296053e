-- $1 labels. Areas of photos that any model saw one of them in, in the picture alone or in the end. From the
-- predictions themselves, as they are at this moment: it reads them from end to end.
select distinct area from nightjar.predictions
where area is not null and (label = any ($1::text[]) or vision_label = any ($1::text[]))
