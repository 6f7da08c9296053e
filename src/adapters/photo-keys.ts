/**
 * File name endings that a listing takes for photos. What a file really is, its bytes decide later:
 * a wrong ending among these is no problem, and one that is none of these was never meant as a photo.
 */
const PHOTO_ENDINGS =
  /\.(jpe?g|jpe|jfif|png|webp|tiff?|avif|gif|heic|heif|hif|jxl|dng|cr2|cr3|nef|arw|orf|rw2|raf)$/i;

/** Whether a key names a photo. Folders, thumbnails' databases, sidecars and hidden files do not. */
export function isPhotoKey(key: string): boolean {
  const name = key.slice(key.lastIndexOf('/') + 1);
  return !name.startsWith('.') && PHOTO_ENDINGS.test(name);
}
