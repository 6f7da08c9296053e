/** What several parts of a page are made of, asked for once; again after it failed, as a part is retried. */
export function shared<T>(load: () => Promise<T>): () => Promise<T> {
  let known: Promise<T> | null = null;
  return () => {
    if (known) return known;
    const loading = load();
    known = loading;
    loading.catch(() => {
      known = null;
    });
    return loading;
  };
}
