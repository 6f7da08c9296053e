select source, model || '@' || model_version as model, stage, code, final,
  photos::integer as photos, max_attempts as "maxAttempts", last_rejected_at as "lastRejectedAt", example
from nightjar.reject_summary
order by photos desc, code
