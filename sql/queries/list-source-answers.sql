-- $1 source. The current photos of a source with their production answers, or their rejects.
select p.key, c.label, c.common_name as "commonName", c.score, c.decision,
  c.vision_score as "visionScore", j.code,
  coalesce((select l ->> 'commonName'
            from nightjar.predictions r
            join nightjar.model_versions v on v.id = r.model_version_id
            cross join jsonb_array_elements(v.labels) as l
            where r.photo_id = p.id and r.run_id = c.run_id
              and l ->> 'scientificName' = c.vision_label
            limit 1), c.vision_label) as "visionLabel"
from nightjar.photos p
left join nightjar.current_predictions c on c.photo_id = p.id
left join lateral (
  select code from nightjar.rejects j where j.photo_id = p.id
  order by j.last_rejected_at desc limit 1
) j on c.photo_id is null
where p.source = $1 and p.superseded_at is null
order by p.key
