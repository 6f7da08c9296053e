export { buildTable } from './huffman';
export { resize } from './resize';
export { decodeScan } from './scan';

/** Where memory is free: what lies before is the decoder's own. */
export function freeFrom(): usize {
  return __heap_base;
}
