/**
 * A key or a message from outside as part of a line for people: without line breaks and terminal
 * sequences, cut with an ellipsis to `width` characters; by default not cut.
 */
export function toOneLine(text: string, width = Number.POSITIVE_INFINITY): string {
  const line = text.replace(/\p{Cc}/gu, '\uFFFD');
  return line.length > width ? `${line.slice(0, width - 1)}…` : line;
}
