insert into region_import_taxa (taxon)
select distinct taxon from region_import_staged where taxon <> ''
