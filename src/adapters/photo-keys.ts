/**
 * File name endings that a listing takes for photos. What a file really is, its bytes decide later:
 * a wrong ending among these is no problem, and one that is none of these was never meant as a photo.
 */
const PHOTO_ENDINGS =
  /\.(jpe?g|jpe|jfif|png|webp|tiff?|avif|gif|heic|heif|hif|jxl|dng|cr2|cr3|nef|arw|orf|rw2|raf)$/i;

/**
 * Whether a key, from the source's own folder on, names a photo. Folders, thumbnails' databases,
 * sidecars, hidden files and whatever lies in hidden folders do not.
 */
export function isPhotoKey(key: string): boolean {
  return PHOTO_ENDINGS.test(key) && !key.split('/').some((part) => part.startsWith('.'));
}
