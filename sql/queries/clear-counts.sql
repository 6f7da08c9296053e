-- $1 model version; $2 days that are counted anew.
delete from nightjar.daily_counts where model_version_id = $1 and day = any ($2::date[])
