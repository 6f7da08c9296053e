-- $1 jsonb: rejects of a batch; $2 model version, $3 run, $4 attempts after which any reject is final;
-- $5 reprocess mode.
-- An attempt is a run that tried: the same batch twice in one run counts once. A reject that a person
-- had tried again has none, and then this is the first, whichever run it is.
insert into nightjar.rejects as j (
  photo_id, model_version_id, run_id, stage, code, message, attempts, final)
select r.photo_id, $2, $3, r.stage, r.code, r.message, 1, r.final or $4 <= 1
from jsonb_to_recordset($1::jsonb) as r(
  photo_id bigint, stage text, code text, message text, final boolean)
where not exists (
  select from nightjar.predictions p where p.photo_id = r.photo_id and p.model_version_id = $2
    and ($5 <> 'completed' or p.run_id = $3))
order by r.photo_id
on conflict (photo_id, model_version_id) do update
set run_id = excluded.run_id,
    stage = excluded.stage,
    code = excluded.code,
    message = excluded.message,
    attempts = greatest(1, j.attempts + (j.run_id <> excluded.run_id)::integer),
    final = excluded.final
      or greatest(1, j.attempts + (j.run_id <> excluded.run_id)::integer) >= $4,
    last_rejected_at = now()
