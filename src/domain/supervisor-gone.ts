/**
 * The reason of the abort signal where nobody asked for the stop: the process that watches over this
 * one died. What is in hand is finished, as at any stop, but the run has crashed. An AbortError, as the
 * reason of a plain abort is.
 */
export const SUPERVISOR_GONE = new DOMException('its supervisor went away', 'AbortError');
