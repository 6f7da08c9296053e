-- Queues of runs that are not under way: a queue is made after its run has started.
select q.name
from pgboss.queue q
left join nightjar.runs r on 'run-' || r.id = q.name
where q.name ~ '^run-[0-9]+$' and r.status is distinct from 'running'
