-- $1 codes, $2 run, $3 sources, $4 model version, $5 final: null for any; $6 whether to leave out those
-- that a retry would not change.
select j.code, m.name || '@' || v.version as model, u.job, count(*)::integer as photos
from nightjar.rejects j
join nightjar.photos p on p.id = j.photo_id and p.superseded_at is null
join nightjar.model_versions v on v.id = j.model_version_id
join nightjar.models m on m.id = v.model_id
join nightjar.runs u on u.id = j.run_id
where ($1::text[] is null or j.code = any ($1))
  and ($2::bigint is null or j.run_id = $2)
  and ($3::text[] is null or p.source = any ($3))
  and ($4::integer is null or j.model_version_id = $4)
  and ($5::boolean is null or j.final = $5)
  and (not $6::boolean or j.final or j.attempts > 0)
group by 1, 2, 3
order by photos desc, 1, 2, 3
