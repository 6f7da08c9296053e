select
  (select count(*)::integer from region_import_taxa) as taxa,
  (select count(distinct cell)::integer from region_import_staged) as cells,
  (select exists (select from region_import_staged where month > 0)) as has_months
