import type { Exif } from 'sharp';
import type { Camera, DemoPhoto } from './demo-photos.ts';

/** The EXIF tags of a demo photo, as sharp writes them: IFD0, IFD2 (Exif) and IFD3 (GPS). */
export function photoExif(photo: DemoPhoto, camera: Camera): Exif {
  const [date, time] = photo.capturedAt.split(' ') as [string, string];
  const stamp = `${date.replaceAll('-', ':')} ${time}`;
  const night = photo.light === 'infrared';
  return {
    IFD0: {
      Make: camera.make,
      Model: camera.model,
      Software: 'nightjar demo photos',
      ImageDescription: 'A drawn scene, not a photo of a real animal',
      DateTime: stamp,
    },
    IFD2: {
      DateTimeOriginal: stamp,
      DateTimeDigitized: stamp,
      ...(camera.zoneTags === 'offset' && { OffsetTimeOriginal: camera.offset }),
      ExposureTime: night ? '1/30' : '1/250',
      FNumber: '28/10',
      ISOSpeedRatings: night ? '1600' : '200',
      FocalLength: '35/10',
    },
    ...(photo.flaw !== 'no position' && { IFD3: gps(photo, camera) }),
  };
}

/** What libexif writes, and the version that has `OffsetTimeOriginal`. */
const [WRITTEN_VERSION, EXIF_VERSION] = ['0210', '0232'];
/** Tag 0x9000, type 7, four bytes: the head of ExifVersion's entry, in little-endian order. */
const VERSION_ENTRY = Buffer.from([0x00, 0x90, 0x07, 0x00, 0x04, 0x00, 0x00, 0x00]);

/** Corrects the EXIF version that is stated in a JPEG, in place: sharp has no say in it. */
export function correctExifVersion(jpeg: Buffer): Buffer {
  const at = jpeg.indexOf(VERSION_ENTRY) + VERSION_ENTRY.length;
  if (jpeg.toString('latin1', at, at + 4) !== WRITTEN_VERSION) {
    throw new Error(`Expected EXIF version ${WRITTEN_VERSION}; has libexif changed?`);
  }
  jpeg.write(EXIF_VERSION, at, 'latin1');
  return jpeg;
}

function gps(photo: DemoPhoto, camera: Camera): Record<string, string> {
  const lost = photo.flaw === 'null island';
  const [latitude, longitude] = lost ? [0, 0] : [camera.latitude, camera.longitude];
  return {
    GPSLatitudeRef: latitude < 0 ? 'S' : 'N',
    GPSLatitude: degrees(latitude),
    GPSLongitudeRef: longitude < 0 ? 'W' : 'E',
    GPSLongitude: degrees(longitude),
    GPSAltitudeRef: '0',
    GPSAltitude: `${lost ? 0 : camera.altitude}/1`,
    GPSMapDatum: 'WGS-84',
    ...(camera.zoneTags === 'gps' && !lost && gpsTime(photo, camera)),
  };
}

/** Degrees, minutes and hundredths of a second, as EXIF's three rationals. */
function degrees(value: number): string {
  const hundredths = Math.round(Math.abs(value) * 360_000);
  const minutes = Math.floor(hundredths / 6000);
  return `${Math.floor(minutes / 60)}/1 ${minutes % 60}/1 ${hundredths % 6000}/100`;
}

function gpsTime(photo: DemoPhoto, camera: Camera): Record<string, string> {
  const utc = new Date(`${photo.capturedAt.replace(' ', 'T')}${camera.offset}`);
  return {
    GPSDateStamp: utc.toISOString().slice(0, 10).replaceAll('-', ':'),
    GPSTimeStamp: `${utc.getUTCHours()}/1 ${utc.getUTCMinutes()}/1 ${utc.getUTCSeconds()}/1`,
  };
}
