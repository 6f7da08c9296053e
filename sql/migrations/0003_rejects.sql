-- The list of rejects, the newest first, is read page by page: each page begins where the last one
-- ended, without sorting the whole table again.
create index rejects_newest on nightjar.rejects (last_rejected_at, photo_id, model_version_id);
