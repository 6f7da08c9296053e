-- $1 model versions. What was seen: how often, and from when to when.
select c.label, max(c.common_name) as "commonName", max(c.rank) as rank, sum(c.photos)::integer as photos,
  (sum(c.score_sum) / sum(c.photos))::real as "meanScore",
  to_char(min(c.day) filter (where c.day > '-infinity'), 'YYYY-MM-DD') as "firstDay",
  to_char(max(c.day) filter (where c.day > '-infinity'), 'YYYY-MM-DD') as "lastDay"
from nightjar.daily_totals c
where c.model_version_id = any ($1::integer[])
group by c.label
order by photos desc, c.label
