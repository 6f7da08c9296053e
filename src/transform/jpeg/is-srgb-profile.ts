/** Length of the profile that nearly every sRGB picture with one carries: HP's of 1998. */
const PROFILE_BYTES = 3144;
/** `ICC_PROFILE`, 0, number of the part, count of parts. */
const HEAD = 'ICC_PROFILE\0\u0001\u0001';
const NAME = 'sRGB IEC61966-2.1';

/** Whether a JPEG's APP2 segment is the usual profile of sRGB, in one part: it changes no colour. */
export function isSrgbProfile(content: Uint8Array): boolean {
  if (content.length !== HEAD.length + PROFILE_BYTES) return false;
  const text = Buffer.from(content.buffer, content.byteOffset, content.length);
  return (
    text.toString('latin1', 0, HEAD.length) === HEAD && text.includes(NAME, HEAD.length, 'latin1')
  );
}
