-- Whether dashboards can be given a role to read with.
select coalesce(bool_or(has_table_privilege(oid, 'nightjar.current_predictions', 'select')), false) as ready
from pg_roles where rolname = 'nightjar_reader'
