import { isSrgbProfile } from './is-srgb-profile.ts';
import { readOrientation } from './read-orientation.ts';

/** What a plain JPEG says of itself before its data (ITU T.81, annex B). */
export interface JpegHeader {
  /** Pixels as stored, 1–65,535. */
  readonly width: number;
  readonly height: number;
  /** EXIF's 1–8; 1: as stored. */
  readonly orientation: number;
  /** Grey, or Y, Cb and Cr. */
  readonly components: readonly JpegComponent[];
  /** Huffman tables by number, DC at 0–3 and AC at 4–7: where the 16 counts of each stand. */
  readonly huffmanTables: readonly number[];
  /** MCUs between two restarts; 0: none. */
  readonly restartInterval: number;
  /** Where the entropy-coded data start. */
  readonly dataOffset: number;
}

/** One component of the only scan. */
export interface JpegComponent {
  /** Sampling factors: 1 or 2. */
  readonly across: number;
  readonly down: number;
  /** 64 steps in zigzag order, 1–65,535. */
  readonly quantisation: Uint16Array;
  readonly dcTable: number;
  readonly acTable: number;
}

/** Codes of the markers (table B.1). */
const SOF0 = 0xc0;
const SOF1 = 0xc1;
const DHT = 0xc4;
const SOI = 0xd8;
const SOS = 0xda;
const DQT = 0xdb;
const DRI = 0xdd;
const APP0 = 0xe0;
const APP1 = 0xe1;
const APP2 = 0xe2;
const APP14 = 0xee;
const APP15 = 0xef;
const COM = 0xfe;

interface FrameComponent {
  readonly id: number;
  readonly across: number;
  readonly down: number;
  readonly quantisationTable: number;
}

/** What the segments have said so far. */
interface Reading {
  width: number;
  height: number;
  frame: FrameComponent[];
  readonly quantisation: (Uint16Array | undefined)[];
  readonly huffmanTables: number[];
  restartInterval: number;
  orientation: number | undefined;
  isJfif: boolean;
  adobeTransform: number | undefined;
  hasProfile: boolean;
}

/**
 * Reads the header of a JPEG as most cameras write it: baseline or extended sequential, 8 bits, Huffman,
 * grey or YCbCr in sRGB, all components in one scan.
 *
 * @returns null for every other JPEG, and for one that breaks a rule in whatever way
 */
export function readJpegHeader(bytes: Uint8Array): JpegHeader | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const reading: Reading = {
    width: 0,
    height: 0,
    frame: [],
    quantisation: [],
    huffmanTables: [0, 0, 0, 0, 0, 0, 0, 0],
    restartInterval: 0,
    orientation: undefined,
    isJfif: false,
    adobeTransform: undefined,
    hasProfile: false,
  };
  if (bytes.length < 4 || view.getUint16(0) !== 0xff00 + SOI) return null;
  for (let at = 2; at + 4 <= bytes.length; ) {
    const marker = view.getUint8(at + 1);
    const end = at + 2 + view.getUint16(at + 2);
    if (view.getUint8(at) !== 0xff || end < at + 4 || end > bytes.length) return null;
    if (marker === SOS) return readScan(view, at + 4, end, reading);
    if (!readSegment(marker, bytes, at + 4, end, reading)) return null;
    at = end;
  }
  return null;
}

/** @returns false when the picture is not plain, or broken */
function readSegment(
  marker: number,
  bytes: Uint8Array,
  start: number,
  end: number,
  reading: Reading,
): boolean {
  const content = bytes.subarray(start, end);
  if (marker === SOF0 || marker === SOF1) return readFrame(content, reading);
  if (marker === DQT) return readQuantisation(content, reading);
  if (marker === DHT) return readHuffman(content, start, reading);
  if (marker === DRI) {
    reading.restartInterval = ((content[0] ?? 0) << 8) | (content[1] ?? 0);
    return content.length === 2;
  }
  return (
    marker === COM || (marker >= APP0 && marker <= APP15 && readAppData(marker, content, reading))
  );
}

const startsWith = (content: Uint8Array, text: string) =>
  String.fromCharCode(...content.subarray(0, text.length)) === text;

/** What says how the colours or the orientation are meant; other data of applications are theirs. */
function readAppData(marker: number, content: Uint8Array, reading: Reading): boolean {
  if (marker === APP0) reading.isJfif ||= startsWith(content, 'JFIF\0');
  if (marker === APP1 && startsWith(content, 'Exif')) {
    // Of two blocks the decoders may take the one or the other.
    if (reading.orientation !== undefined) return false;
    const orientation = readOrientation(content);
    if (orientation === null) return false;
    reading.orientation = orientation;
  }
  if (marker === APP2) {
    // Anything else may be a second picture, such as the gain map of a high dynamic range.
    if (reading.hasProfile || !isSrgbProfile(content)) return false;
    reading.hasProfile = true;
  }
  if (marker === APP14 && startsWith(content, 'Adobe')) {
    if (content.length < 12) return false;
    reading.adobeTransform = content[11];
  }
  return true;
}

/** Frame header (B.2.2): precision, lines, samples per line, components. */
function readFrame(content: Uint8Array, reading: Reading): boolean {
  const [precision = 0, h1 = 0, h0 = 0, w1 = 0, w0 = 0, count = 0] = content;
  reading.height = (h1 << 8) | h0;
  reading.width = (w1 << 8) | w0;
  const isKnown = precision === 8 && (count === 1 || count === 3);
  if (!isKnown || reading.width === 0 || reading.height === 0) return false;
  if (reading.frame.length > 0 || content.length !== 6 + count * 3) return false;
  for (let at = 6; at < content.length; at += 3) {
    const [id = 0, sampling = 0, quantisationTable = 0] = content.subarray(at, at + 3);
    reading.frame.push({ id, across: sampling >> 4, down: sampling & 15, quantisationTable });
  }
  return isKnownSampling(reading.frame);
}

/** 4:4:4, 4:2:2, 4:4:0 or 4:2:0; a lone component has one block in an MCU, whatever it says (A.2.2). */
function isKnownSampling(frame: readonly FrameComponent[]): boolean {
  const [first, ...rest] = frame;
  if (first === undefined) return false;
  const inRange = (factor: number) => factor === 1 || factor === 2;
  return (
    inRange(first.across) &&
    inRange(first.down) &&
    rest.every(({ across, down }) => across === 1 && down === 1)
  );
}

/** Quantisation tables (B.2.4.1): each 64 steps of 8 or 16 bits. */
function readQuantisation(content: Uint8Array, reading: Reading): boolean {
  let at = 0;
  while (at < content.length) {
    const head = content[at++] ?? 0;
    const bytes = (head >> 4) + 1;
    if (bytes > 2 || (head & 15) > 3 || at + 64 * bytes > content.length) return false;
    const steps = new Uint16Array(64);
    for (let k = 0; k < 64; k++) {
      for (let n = 0; n < bytes; n++) steps[k] = ((steps[k] ?? 0) << 8) | (content[at++] ?? 0);
    }
    if (steps.includes(0)) return false;
    reading.quantisation[head & 15] = steps;
  }
  return true;
}

/** Huffman tables (B.2.4.2): each 16 counts of codes by length, then the symbols. */
function readHuffman(content: Uint8Array, start: number, reading: Reading): boolean {
  let at = 0;
  while (at < content.length) {
    const head = content[at++] ?? 0;
    const isAc = head >> 4 === 1;
    if (head >> 4 > 1 || (head & 15) > 3) return false;
    const counts = content.subarray(at, at + 16);
    const symbols = countSymbols(counts);
    if (symbols < 0 || at + 16 + symbols > content.length) return false;
    const isPossible = isAc ? isAcSymbol : isDcSymbol;
    if (!content.subarray(at + 16, at + 16 + symbols).every(isPossible)) return false;
    reading.huffmanTables[(head & 15) + (isAc ? 4 : 0)] = start + at;
    at += 16 + symbols;
  }
  return true;
}

/** How many codes there are; −1 when there is no room for so many of their lengths (C.2). */
function countSymbols(counts: Uint8Array): number {
  let symbols = 0;
  let free = 1;
  for (const count of counts) {
    free = free * 2 - count;
    if (free < 0) return -1;
    symbols += count;
  }
  return counts.length === 16 && symbols <= 256 ? symbols : -1;
}

/** Sizes of differences (table F.1). */
const isDcSymbol = (symbol: number) => symbol <= 11;
/** Runs of 0–15 before sizes of 1–10 (table F.2); end of block; a run of 16. */
const isAcSymbol = (symbol: number) =>
  symbol === 0x00 || symbol === 0xf0 || ((symbol & 15) > 0 && (symbol & 15) <= 10);

/** Scan header (B.2.3): the components with their tables, all of them in the frame's order. */
function readScan(view: DataView, at: number, end: number, reading: Reading): JpegHeader | null {
  const count = view.getUint8(at);
  const { frame, huffmanTables } = reading;
  if (count !== frame.length || count === 0 || end - at !== 4 + count * 2) return null;
  const components: JpegComponent[] = [];
  for (const [n, { id, across, down, quantisationTable }] of frame.entries()) {
    const tables = view.getUint8(at + 2 + n * 2);
    const dcTable = tables >> 4;
    const acTable = 4 + (tables & 15);
    const quantisation = reading.quantisation[quantisationTable];
    const isComplete = quantisation && huffmanTables[dcTable] && huffmanTables[acTable];
    if (view.getUint8(at + 1 + n * 2) !== id || dcTable > 3 || acTable > 7 || !isComplete)
      return null;
    const single = count === 1;
    components.push({
      across: single ? 1 : across,
      down: single ? 1 : down,
      quantisation,
      dcTable,
      acTable,
    });
  }
  const { width, height, restartInterval, orientation = 1 } = reading;
  const isSequential =
    view.getUint8(end - 3) === 0 && view.getUint8(end - 2) === 63 && view.getUint8(end - 1) === 0;
  if (!isSequential || !isYcc(reading)) return null;
  return {
    width,
    height,
    orientation,
    components,
    huffmanTables,
    restartInterval,
    dataOffset: end,
  };
}

/** Three components are Y, Cb and Cr: JFIF's always, Adobe's when it says so, and by their numbers. */
function isYcc({ frame, isJfif, adobeTransform }: Reading): boolean {
  if (frame.length === 1) return true;
  if (adobeTransform !== undefined && adobeTransform !== 1) return false;
  return isJfif || adobeTransform === 1 || frame.every(({ id }, index) => id === index + 1);
}
