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
    nightjar.species_daily, nightjar.reject_summary to nightjar_reader;
end
$$
