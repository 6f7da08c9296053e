select id, name, scopes, created_at as "createdAt", revoked_at as "revokedAt"
from nightjar.api_keys order by created_at, id
