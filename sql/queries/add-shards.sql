-- $1 run; $2 index of the first; $3 jsonb: an array of arrays of photo ids.
insert into nightjar.shards (run_id, index, photo_ids)
select $1, $2::integer + s.ordinality - 1, array(select jsonb_array_elements_text(s.ids)::bigint)
from jsonb_array_elements($3::jsonb) with ordinality as s(ids, ordinality)
order by s.ordinality
returning id::text as shard_id
