import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { newPixels, type SharedPixels } from '../../domain/pixels.ts';
import type { PreprocessInput } from '../preprocess-image.ts';
import { DecoderThread } from './decoder-thread.ts';
import { isTurned } from './fit-axes.ts';
import { planDecoding } from './plan-decoding.ts';
import { readJpegHeader } from './read-jpeg-header.ts';

/** A picture in the model's size, and how large it was. */
export interface DecodedJpeg {
  readonly pixels: SharedPixels;
  /** Pixels of the picture as a person sees it. */
  readonly width: number;
  readonly height: number;
}

/** Made by `npm run build:jpeg`, in a checkout and in the package. */
const DECODER_FILE = new URL('../../../dist/jpeg/decoder.wasm', import.meta.url);
/** More would only wait for each other. */
const MAX_THREADS = availableParallelism();

/** Threads that may die before no more are started, and sharp decodes everything. */
const MAX_DEATHS = 3;

const idle: DecoderThread[] = [];
const waiting: ((thread: DecoderThread | null) => void)[] = [];
let started = 0;
let deaths = 0;
let module: Promise<WebAssembly.Module | null> | undefined;

/**
 * Decodes a plain JPEG and resizes it, in about half of the time that sharp takes: what a picture so
 * much smaller cannot show is not computed.
 *
 * Threads start as they are needed, at most one for each core; calls beyond that wait.
 *
 * @param bytes the whole file; left as it is
 * @param maxPixels width × height of the largest picture that is taken
 * @param pixels where they go; default new ones
 * @returns null for all other files, those that are broken, and should a thread fail: sharp decides
 */
export async function decodeJpeg(
  bytes: Uint8Array,
  input: PreprocessInput,
  maxPixels: number,
  pixels: SharedPixels = newPixels(input),
): Promise<DecodedJpeg | null> {
  const header = readJpegHeader(bytes);
  if (header === null || header.width * header.height > maxPixels) return null;
  const plan = planDecoding(header, input, bytes.length);
  module ??= compileDecoder();
  const compiled = plan && (await module);
  if (!compiled) return null;
  const thread = await takeThread(compiled);
  if (thread === null) return null;
  const isWhole = await thread.decode(bytes, plan, pixels);
  giveBack(thread, compiled);
  if (!isWhole) return null;
  const { width, height, orientation } = header;
  return isTurned(orientation)
    ? { pixels, width: height, height: width }
    : { pixels, width, height };
}

/** Whether there is a decoder; without one sharp decodes everything. */
export function isJpegDecoderBuilt(): boolean {
  return existsSync(DECODER_FILE);
}

/** Null where it was not built. */
async function compileDecoder(): Promise<WebAssembly.Module | null> {
  try {
    return await WebAssembly.compile(await readFile(DECODER_FILE));
  } catch {
    return null;
  }
}

/** The one used last, whose memory is warm; a new one while there are cores for it. */
async function takeThread(compiled: WebAssembly.Module): Promise<DecoderThread | null> {
  const thread = idle.pop();
  if (thread) return thread;
  if (started < MAX_THREADS) return startThread(compiled);
  return new Promise((resolve) => waiting.push(resolve));
}

function startThread(compiled: WebAssembly.Module): DecoderThread | null {
  if (deaths === MAX_DEATHS) return null;
  try {
    const thread = new DecoderThread(compiled);
    started++;
    return thread;
  } catch {
    // No memory or no thread is to be had now: sharp does without.
    return null;
  }
}

function giveBack(thread: DecoderThread, compiled: WebAssembly.Module): void {
  let free: DecoderThread | null = thread;
  if (thread.ended) {
    started--;
    deaths++;
    free = waiting.length > 0 ? startThread(compiled) : null;
  }
  const next = waiting.shift();
  if (next) next(free);
  else if (free) idle.push(free);
  // With no thread left, nobody would ever come back for the others.
  if (started === 0) for (const other of waiting.splice(0)) other(null);
}
