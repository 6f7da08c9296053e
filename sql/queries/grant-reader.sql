-- Roles belong to the server, not to the database: this runs at every migration, not in one.
do $$
begin
  if not exists (select from pg_roles where rolname = 'nightjar_reader') then
    begin
      create role nightjar_reader nologin;
    exception when duplicate_object or unique_violation then
      null; -- another database of this server is being migrated at this moment
    end;
  end if;
  grant usage on schema nightjar to nightjar_reader;
  grant select on nightjar.current_predictions, nightjar.run_summary,
    nightjar.species_daily, nightjar.reject_summary, nightjar.daily_predictions to nightjar_reader;
  -- What `nightjar serve` becomes: it reads the tables too, but for the queue, and writes nothing.
  if not exists (select from pg_roles where rolname = 'nightjar_api') then
    begin
      create role nightjar_api nologin;
    exception when duplicate_object or unique_violation then
      null;
    end;
  end if;
  grant usage on schema nightjar to nightjar_api;
  grant select on all tables in schema nightjar to nightjar_api;
  execute format('grant nightjar_api to %I', current_user);
end
$$
