-- $1 model version; $2 days that are counted anew.
with totals as (
  delete from nightjar.daily_totals where model_version_id = $1 and day = any ($2::date[])
)
delete from nightjar.daily_counts where model_version_id = $1 and day = any ($2::date[])
