-- Open shards of runs under way. pg-boss' states are ordered; `active` is somebody's hands.
select substring(name from 5)::integer as run,
  count(*) filter (where state <> 'active')::integer as waiting,
  count(*) filter (where state = 'active')::integer as active
from pgboss.job
where name ~ '^run-[0-9]+$' and state < 'completed'
group by name
order by 1
