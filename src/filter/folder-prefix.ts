/** What keys of photos in a camera's folder begin with: `site` does not mean `site-2` too. */
export function folderPrefix(folder: string): string {
  return folder.replace(/\/*$/, '/');
}
