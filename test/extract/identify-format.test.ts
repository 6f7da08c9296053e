import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import type { ImageFormat } from '../../src/domain/photo.ts';
import { identifyFormat } from '../../src/extract/identify-format.ts';
import { describeWithSharedData, listShared, readShared } from '../helpers/shared-data.ts';
import { buildTiff } from './build-exif.ts';

const latin1 = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'));
const ftyp = (...brands: string[]) =>
  latin1(
    `\0\0\0${String.fromCharCode(12 + 4 * brands.length)}ftyp${brands[0]}\0\0\0\0${brands.slice(1).join('')}`,
  );
const tiffWith = (...entries: [tag: number, value: number][]) =>
  buildTiff(200, { 8: entries.map(([tag, value]) => ({ tag, type: 4, count: 1, value })) });

describe('identifyFormat', () => {
  test.each<[string, Uint8Array, ImageFormat | null]>([
    ['JPEG', latin1('\xff\xd8\xff\xe0\0\x10JFIF'), 'jpeg'],
    ['PNG', latin1('\x89PNG\r\n\x1a\n\0\0\0\rIHDR'), 'png'],
    ['PNG whose line ends were converted', latin1('\x89PNG\n\x1a\n\0\0\0\rIHDR'), null],
    ['WebP', latin1('RIFF\x10\0\0\0WEBPVP8 '), 'webp'],
    ['another RIFF file (WAV)', latin1('RIFF\x10\0\0\0WAVEfmt '), null],
    ['GIF 87a', latin1('GIF87a'), 'gif'],
    ['GIF 89a', latin1('GIF89a'), 'gif'],
    ['TIFF, little-endian', tiffWith([0x100, 8]), 'tiff'],
    ['TIFF, big-endian', latin1('MM\0*\0\0\0\x08\0\0\0\0'), 'tiff'],
    ['TIFF cut after its header', latin1('II*\0\x08\0\0\0'), 'tiff'],
    ['TIFF whose directory lies far outside', latin1('II*\0\xff\xff\xff\xff'), 'tiff'],
    ['BigTIFF', latin1('II+\0\x08\0\0\0\x10\0\0\0\0\0\0\0'), 'tiff'],
    ['BigTIFF, big-endian', latin1('MM\0+\0\x08\0\0\0\0\0\0\0\0\0\x10'), 'tiff'],
    ['AVIF', ftyp('avif', 'mif1', 'miaf'), 'avif'],
    ['AVIF sequence', ftyp('avis', 'msf1'), 'avif'],
    ['HEIC', ftyp('heic', 'mif1'), 'heic'],
    ['HEIC of 10 bits', ftyp('heix'), 'heic'],
    ['HEIC sequence', ftyp('hevc', 'msf1'), 'heic'],
    ['HEIF that names HEVC among its compatible brands', ftyp('mif1', 'mif1', 'heic'), 'heic'],
    ['HEIF that names AV1 among its compatible brands', ftyp('mif1', 'mif1', 'avif'), 'avif'],
    ['HEIF sequence of AV1', ftyp('msf1', 'avis'), 'avif'],
    ['HEIF that names no codec', ftyp('mif1', 'miaf'), 'heic'],
    ['MP4', ftyp('isom', 'iso2', 'mp41'), null],
    ['QuickTime', ftyp('qt  ', 'qt  '), null],
    ['HEIF brand beyond the end of its box', latin1('\0\0\0\x14ftypmif1\0\0\0\0mif1avif'), 'heic'],
    ['ftyp box that claims 4 GB', latin1('\xff\xff\xff\xffftypmif1\0\0\0\0avif'), 'avif'],
    ['JPEG XL codestream', latin1('\xff\x0a\x01\x02'), 'jxl'],
    ['JPEG XL container', latin1('\0\0\0\x0cJXL \r\n\x87\n'), 'jxl'],
    ['Canon CR2', latin1('II*\0\x10\0\0\0CR\x02\0'), 'raw'],
    ['Canon CR3', ftyp('crx ', 'crx ', 'isom'), 'raw'],
    ['DNG', tiffWith([0xc612, 0x00000401]), 'raw'],
    [
      'NEF or ARW: a preview with the raw picture below it',
      tiffWith([0xfe, 1], [0x14a, 90]),
      'raw',
    ],
    [
      'pyramid TIFF: the full picture with previews below it',
      tiffWith([0xfe, 0], [0x14a, 90]),
      'tiff',
    ],
    ['PEF: a colour filter array', tiffWith([0x106, 32803]), 'raw'],
    ['Fuji RAF', latin1('FUJIFILMCCD-RAW 0201'), 'raw'],
    ['Panasonic RW2', latin1('IIU\0\x18\0\0\0'), 'raw'],
    ['Olympus ORF', latin1('IIRO\x08\0\0\0'), 'raw'],
    ['nothing', latin1(''), null],
    ['one byte', latin1('\xff'), null],
    ['text', latin1('II like lists'), null],
    ['HTML', latin1('<!doctype html>'), null],
  ])('%s', (_, bytes, expected) => {
    expect(identifyFormat(bytes)).toBe(expected);
  });

  test.each(['jpeg', 'png', 'webp', 'tiff', 'gif', 'avif'] as const)(
    'names what sharp writes as %s',
    async (format) => {
      const image = sharp({ create: { width: 9, height: 7, channels: 3, background: '#456' } });
      expect(identifyFormat(await image.toFormat(format).toBuffer())).toBe(format);
    },
  );

  test('never throws, and does not depend on where in its buffer a photo lies', () => {
    const head = fc.constantFrom('', 'II*\0', 'MM\0*', '\0\0\0\x20ftypmif1', 'RIFF');
    fc.assert(
      fc.property(head, fc.uint8Array({ maxLength: 400 }), (start, rest) => {
        const bytes = Uint8Array.from([...latin1(start), ...rest]);
        const shifted = Uint8Array.from([7, ...bytes, 9]).subarray(1, bytes.length + 1);
        expect(identifyFormat(shifted)).toBe(identifyFormat(bytes));
      }),
    );
  });
});

describeWithSharedData('identifyFormat on real files', () => {
  /** Files whose extension lies, or that are no picture. */
  const exceptions: Readonly<Record<string, ImageFormat | null>> = {
    'photoprism__empty.jpg': null,
  };
  const byExtension: Readonly<Record<string, ImageFormat>> = {
    jpg: 'jpeg',
    jpeg: 'jpeg',
    tif: 'tiff',
  };

  test.each(['gps', 'odd', 'cameratrap', 'animals'])('photos/%s', (folder) => {
    const files = listShared(`photos/${folder}`).filter((name) => !/\.(csv|tsv)$/.test(name));
    const found = files.map((name) => [
      name,
      identifyFormat(readShared(`photos/${folder}/${name}`)),
    ]);
    const expected = files.map((name) => {
      const extension = name.split('.').at(-1)?.toLowerCase() ?? '';
      return [name, name in exceptions ? exceptions[name] : (byExtension[extension] ?? extension)];
    });
    expect(found).toEqual(expected);
  });
});
