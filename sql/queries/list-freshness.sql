-- Per source: how many current photos, and how new the newest of them and of its predictions are.
select p.source,
  count(*)::integer as photos,
  count(c.photo_id)::integer as predicted,
  max(p.last_modified) as "newestPhotoAt",
  max(c.predicted_at) as "lastPredictedAt"
from nightjar.photos p
left join nightjar.current_predictions c on c.photo_id = p.id
where p.superseded_at is null
group by p.source
order by p.source
