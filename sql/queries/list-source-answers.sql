-- $1 source. The current photos of a source with their production answers, or their rejects.
select p.key, c.label, c.common_name as "commonName", c.score, c.decision,
  c.vision_label as "visionLabel", c.vision_score as "visionScore", c.presence,
  c.vision_presence as "visionPresence", c.location_status as "locationStatus",
  j.code, j.message
from nightjar.photos p
left join nightjar.current_predictions c on c.photo_id = p.id
left join lateral (
  select code, message from nightjar.rejects j where j.photo_id = p.id
  order by j.last_rejected_at desc limit 1
) j on c.photo_id is null
where p.source = $1 and p.superseded_at is null
order by p.key
