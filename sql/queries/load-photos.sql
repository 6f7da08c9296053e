-- $1 jsonb: what the bytes of a batch's photos said. Photos whose bytes were not read keep what is known.
update nightjar.photos p
set format = r.format,
    width = coalesce(r.width, p.width),
    height = coalesce(r.height, p.height),
    orientation = r.orientation,
    captured_at = r.captured_at,
    captured_local = r.captured_local,
    utc_offset = r.utc_offset,
    utc_offset_source = r.utc_offset_source,
    latitude = r.latitude,
    longitude = r.longitude,
    location_status = r.location_status,
    position_problem = r.position_problem,
    cell = r.cell,
    camera_make = r.camera_make,
    camera_model = r.camera_model,
    content_sha256 = decode(r.content_sha256, 'hex')
from jsonb_to_recordset($1::jsonb) as r(
  photo_id bigint, format text, width integer, height integer, orientation smallint,
  captured_at timestamptz, captured_local timestamp, utc_offset text, utc_offset_source text,
  latitude double precision, longitude double precision, location_status text,
  position_problem text, cell text, camera_make text, camera_model text, content_sha256 text)
where p.id = r.photo_id and r.content_sha256 is not null
